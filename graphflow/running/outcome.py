"""Outcome: what all outputs of a graph say about one time, and when that is final.

A *frame* is a time at which a graph input, or a source, had a packet. It is finished when every
output is settled there. Then there is one outcome, with the values, and the names of the outputs
that have none at that time: nobody needs to guess whether something may still come.

The node behind it joins the outputs with the inputs and sources, of which only the times count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from graphflow.nodes.context import Context
from graphflow.running.handover import Handover, Mailbox
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphflowError, UsageError
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.waits import indented


@dataclass(frozen=True)
class Outcome:
    """What came of one time.

    Attributes:
        timestamp: the time, microseconds.
        values: payloads by stream, of the outputs that have one.
        empty: the other outputs.
        error: what ended the run before this time was finished; then the outputs are unknown.
    """

    timestamp: int
    values: dict[str, Any] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    error: GraphflowError | None = None

    def __getitem__(self, stream: str) -> Any:
        return self.values[stream]

    def get(self, stream: str, default: Any = None) -> Any:
        """Return an output's value, or `default` where it is empty."""
        return self.values.get(stream, default)


class Outcomes(Mailbox[Outcome]):
    """The outcomes of a graph's frames, in order; made by `Graph.outcomes`.

    They can be read one after another, or asked for by time. Asking for one drops older ones that
    nobody asks for.

    Attributes:
        streams: the outputs that they tell of.
    """

    def __init__(self, handover: Handover, streams: Sequence[str], limit: int) -> None:
        super().__init__(handover, f"the queue of outcomes of {', '.join(streams)}", limit)
        self.streams = tuple(streams)
        self._asked: Counter[int] = Counter()
        self._settled = self._given = time_of.UNSTARTED

    def take_now(self) -> Outcome | None:
        """Return the oldest outcome, or None if there is none now."""
        outcome = super().take_now()
        if outcome is not None:
            self._given = max(self._given, outcome.timestamp)
        return outcome

    def at(self, timestamp: int, timeout: float | None = None) -> Outcome:
        """Wait until a time is finished and return its outcome; see `Graph.outcome`."""
        _ = self._handover.driver
        with self.asking(timestamp):
            self._wait(lambda: self.is_finished(timestamp), timeout)
            return self.found_or_failed(timestamp)

    def at_fed(self, timestamp: int) -> Outcome:
        """Like `at`, for a time to which nothing will be added any more.

        Raises:
            UsageError: the graph is idle, and the time is not finished: an output waits for later
                input.
        """
        handover = self._handover
        with self.asking(timestamp):
            self._wait(lambda: self.is_finished(timestamp) or handover.is_idle, None)
            if not self.is_finished(timestamp) and not self.is_over:
                handover.driver.wait_until_idle()
            return self.found_or_failed(timestamp)

    def is_finished(self, timestamp: int) -> bool:
        """Whether every output is settled at a time."""
        return self._settled >= timestamp

    def found_or_failed(self, timestamp: int) -> Outcome:
        """Return the outcome of a time that is finished, or never will be for the run has failed.

        Raises:
            UsageError: neither is so.
        """
        found = self.find(timestamp)
        if found is not None:
            return found
        if not self.is_over:
            waits = "\n" + indented(self._handover.driver.explain())
            raise UsageError(
                f"the graph is idle, and {time_of.text(timestamp)} is not finished: an output "
                f"waits for later input; feed with add_packet, and read outcomes{waits}"
            )
        return Outcome(timestamp, error=self._handover.failure())

    def find(self, timestamp: int) -> Outcome | None:
        """Return the outcome of a time, or None if it is not finished or never will be.

        Raises:
            UsageError: it was given to somebody, or dropped, before.
        """
        with self._handover.changed:
            for outcome in self._items:
                if outcome.timestamp == timestamp:
                    self._items.remove(outcome)
                    self._given = max(self._given, timestamp)
                    self._handover.changed.notify_all()
                    return outcome
            if timestamp <= self._given:
                raise UsageError(
                    f"the outcome of {time_of.text(timestamp)} was given out or dropped already; "
                    f"the newest such is that of {time_of.text(self._given)}"
                )
            if self.is_finished(timestamp) or (self._is_closed and not self._has_failed):
                return Outcome(timestamp, empty=self.streams)
        return None

    @contextmanager
    def asking(self, timestamp: int) -> Iterator[None]:
        """Keep the outcome of a time, and drop older ones that nobody asks for."""
        with self._handover.changed:
            self._asked[timestamp] += 1
            self._drop_old()
        try:
            yield
        finally:
            with self._handover.changed:
                self._asked[timestamp] -= 1
                self._asked += Counter()  # leaves times out that nobody asks for any more

    # ---- the run's side -------------------------------------------------------------------------

    def begin(self) -> None:
        """A run begins: forget what the one before left."""
        super().begin()
        self._settled = self._given = time_of.UNSTARTED

    def receive(self, context: Context) -> None:
        """Take a call of the node behind this: a frame, or word that nothing came until a time."""
        time = context.timestamp
        values: dict[str, Any] = {}
        empty = []
        for position, name in enumerate(self.streams):
            port = context.inputs[position]
            if port.is_empty:
                empty.append(name)
            else:
                values[name] = port.value
        # What only inputs or sources have at PRESTREAM or POSTSTREAM is a header, no frame.
        is_frame = time_of.is_range_value(time) and any(
            not port.is_empty for port in context.inputs
        )
        if values or is_frame:
            self.put(Outcome(time, values, tuple(empty)))
        else:
            self._settle(time)

    def put(self, item: Outcome) -> None:
        """Add an outcome; wait while there is no room."""
        with self._handover.changed:
            self._drop_old()
        super().put(item)
        self._settle(item.timestamp)

    def _settle(self, time: int) -> None:
        with self._handover.changed:
            self._settled = time
            self._tell()

    @property
    def _has_failed(self) -> bool:
        return self._handover.driver.scheduler.has_failed

    def _drop_old(self) -> None:
        oldest = min(self._asked, default=time_of.UNSTARTED)
        while self._items and self._items[0].timestamp < oldest:
            self._given = max(self._given, self._items.popleft().timestamp)
            self._handover.changed.notify_all()
