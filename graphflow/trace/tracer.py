"""Tracer: what a traced run is told to, and who gets it: the buffer, its sinks and the clock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from os import PathLike
from time import perf_counter_ns
from typing import Final, Protocol

from graphflow.plan import Plan
from graphflow.trace.chrome import TraceFile
from graphflow.trace.events import Event, ThreadSeen
from graphflow.trace.notes import Note

BATCH: Final = 120
"""Notes after which a worker hands them on: few enough to be gone before the garbage
collector counts them as survivors, of which it makes full collections, tenths of a second long."""

BATCH_NS: Final = 500_000_000
"""Age of the notes after which a worker hands them on: so much is lost if the program is killed."""


class Reader(Protocol):
    """Makes events of the notes of one run."""

    def read(self, notes: Sequence[Note], /) -> list[Event]:
        """Return what the notes tell, which come in their order."""


class TraceSink(Protocol):
    """Gets the events of a run. It must not raise: one fault of a trace would end the run.

    The methods are never called at the same time.
    """

    def begin(self, plan: Plan, start_ns: int) -> None:
        """A run begins.

        Args:
            plan: what runs; events have indexes of its nodes and streams. Observers, pollers and
                outcomes are its last nodes.
            start_ns: what the clock says.
        """

    def write(self, events: Sequence[Event]) -> None:
        """Take some events; not in the order of their times."""

    def end(self) -> None:
        """The run is over, well or not, and nothing more will come."""


class Tracer:
    """Traces the runs that it is given to, one at a time: `graph.start(trace=Tracer(...))`.

    Args:
        *sinks: who gets the events; a path for a `TraceFile`.
        clock: nanoseconds that never go back.

    Attributes:
        notes: what happened since the last batch was handed on.
        clock: as it was given.
        due_ns: when the notes are to be handed on even if they are few.
        threads: numbers by the system's.
    """

    def __init__(
        self,
        *sinks: TraceSink | str | PathLike[str],
        clock: Callable[[], int] = perf_counter_ns,
    ) -> None:
        self.clock = clock
        self.notes: deque[Note] = deque()
        self._sinks: tuple[TraceSink, ...] = tuple(
            TraceFile(each) if isinstance(each, str | PathLike) else each for each in sinks
        )
        self.threads: dict[int, int] = {}
        self._lock = threading.Lock()
        self._reader: Reader
        self._guests: tuple[TraceSink, ...] = ()
        self._is_running = False
        self.due_ns = 0

    def begin(self, plan: Plan, reader: Reader, guests: Sequence[TraceSink] = ()) -> None:
        """Begin the trace of a run.

        Args:
            plan: what runs.
            reader: of the run's notes.
            guests: who else gets the events of this run.

        Raises:
            OSError: a file can't be written.
        """
        self.notes.clear()
        self.threads.clear()
        self._reader = reader
        start_ns = self.clock()
        self.due_ns = start_ns + BATCH_NS
        self._guests = tuple(guests)
        for sink in (*self._sinks, *self._guests):
            sink.begin(plan, start_ns)
        self._is_running = True

    def here(self) -> int:
        """Return the number of the thread that calls, from 1."""
        threads, ident = self.threads, threading.get_ident()
        number = threads.get(ident)
        if number is None:
            with self._lock:
                number = threads[ident] = len(threads) + 1
            self.notes.append(ThreadSeen(number, threading.current_thread().name))
        return number

    def hand_on(self, now_ns: int) -> None:
        """Hand the events to the sinks, unless another thread is doing that."""
        if self._lock.acquire(blocking=False):
            try:
                self.due_ns = now_ns + BATCH_NS
                self._hand_on()
            finally:
                self._lock.release()

    def flush(self) -> None:
        """Hand on all that is known now, and return when that is done."""
        with self._lock:
            self._hand_on()

    def end(self) -> None:
        """End the trace: everything is handed on. Again, it does nothing."""
        with self._lock:
            if not self._is_running:
                return
            self._is_running = False
            self._hand_on()
            for sink in (*self._sinks, *self._guests):
                sink.end()

    def _hand_on(self) -> None:
        # Others append meanwhile, so that what is there now is counted first.
        notes = [self.notes.popleft() for _ in range(len(self.notes))]
        events = self._reader.read(notes)
        if events:
            for sink in (*self._sinks, *self._guests):
                sink.write(events)
