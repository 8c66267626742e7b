"""Tracer: what a traced run is told to, and who gets it: the buffer, its sinks and the clock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from os import PathLike
from time import perf_counter_ns
from typing import Final, Protocol, runtime_checkable

from graphflow.plan import Plan
from graphflow.trace.chrome import TraceFile
from graphflow.trace.courier import Courier
from graphflow.trace.events import Event, ThreadSeen
from graphflow.trace.notes import Note

BATCH: Final = 480
"""Notes after which a worker hands them on, when it is about to perform a call that releases the
interpreter's lock, which the courier then needs: some eight frames of pose tracking. What makes
text of them has to come into the processor's caches first; so many share the price."""

LATE_BATCH: Final = 2 * BATCH
"""Notes after which a worker hands them on before any call: no other one has come."""

SLICE: Final = 120
"""Notes of which events are made at once: few enough for these to be gone before the garbage
collector counts them as survivors, of which it makes full collections, tenths of a second long."""

BATCH_NS: Final = 500_000_000
"""Age of the notes after which a worker hands them on: so much is lost if the program is killed."""

BACKLOG: Final = 20 * BATCH
"""Notes with which a worker stops to help the courier: so many are kept at the most."""


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


@runtime_checkable
class BufferingSink(TraceSink, Protocol):
    """A sink that does something once a batch, which comes in several pieces."""

    def flush(self) -> None:
        """The batch is over: nothing more may come for half a second, or ever."""


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
        self._naming, self._lock = threading.Lock(), threading.Lock()
        self._courier: Courier | None = None
        self._reader: Reader
        self._all_sinks: tuple[TraceSink, ...] = ()
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
        self._end_courier()
        self.notes.clear()
        self.threads.clear()
        self._reader = reader
        start_ns = self.clock()
        self.due_ns = start_ns + BATCH_NS
        self._all_sinks = (*self._sinks, *guests)
        for sink in self._all_sinks:
            sink.begin(plan, start_ns)
        self._is_running = True

    def here(self) -> int:
        """Return the number of the thread that calls, from 1."""
        threads, ident = self.threads, threading.get_ident()
        number = threads.get(ident)
        if number is None:
            with self._naming:
                number = threads[ident] = len(threads) + 1
            self.notes.append(ThreadSeen(number, threading.current_thread().name))
        return number

    def use_courier(self) -> None:
        """Hand notes on in a thread of its own from now to the end of the run."""
        self._courier = Courier(self.flush, BATCH_NS / 1e9)

    def hand_on(self, now_ns: int) -> None:
        """Hand the events to the sinks, or have the courier do it; unless that is done already.

        Raises:
            Exception: a sink raised it.
        """
        self.due_ns = now_ns + BATCH_NS
        courier = self._courier
        if courier is None:
            if self._lock.acquire(blocking=False):
                try:
                    self._hand_on()
                finally:
                    self._lock.release()
        elif courier.fault is not None:
            fault, courier.fault = courier.fault, None
            raise fault
        elif len(self.notes) < BACKLOG:
            courier.ring()
        else:
            self.flush()

    def flush(self) -> None:
        """Hand on all that is known now, and return when that is done."""
        with self._lock:
            if self._is_running:
                self._hand_on()

    def end(self) -> None:
        """End the trace: everything is handed on. Again, it does nothing.

        Raises:
            Exception: a sink raised it, now or in the courier's thread after the last call.
        """
        # First, so that nobody writes or flushes after the sinks' end, nor a thread is left behind.
        fault = self._end_courier()
        with self._lock:
            if not self._is_running:
                return
            self._is_running = False
            try:
                self._hand_on()
            finally:
                for sink in self._all_sinks:
                    sink.end()
        if fault is not None:
            raise fault

    def _end_courier(self) -> Exception | None:
        """Let the courier go, if there is one; return the fault that nobody was told yet."""
        courier, self._courier = self._courier, None
        if courier is None:
            return None
        courier.end()
        return courier.fault

    def _hand_on(self) -> None:
        # Others append meanwhile, so that what is there now is counted first.
        left = len(self.notes)
        while left:
            count = min(left, SLICE)
            left -= count
            events = self._reader.read([self.notes.popleft() for _ in range(count)])
            if events:
                for sink in self._all_sinks:
                    sink.write(events)
        for sink in self._all_sinks:
            if isinstance(sink, BufferingSink):
                sink.flush()
