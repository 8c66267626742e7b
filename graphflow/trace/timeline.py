"""Timeline: the calls and queue lengths of a run, kept in memory for a report; a bounded number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphflow.plan import Plan
from graphflow.trace.events import Event, Lengths, Lost, Moment, ThreadSeen, TracedCall

KEPT_MAX: Final = 60_000
"""Calls and queue lengths that are kept, of each so many: some 1,300 frames of the pose graph."""


class Timeline:
    """Keeps the first calls of a run: a sink of `Tracer`.

    Args:
        kept_max: how many calls and how many queue lengths to keep.

    Attributes:
        plan: what ran, observers included.
        start_ns: when the run began.
        end_ns: when the last call ended, those not kept included.
        calls, lengths, lost, moments: what happened, in the order of the events.
        threads: names by number.
        left_out: calls that were not kept.
    """

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self.begin(Plan((), ()), 0)

    def begin(self, plan: Plan, start_ns: int) -> None:
        """Forget the last run."""
        self.plan = plan
        self.start_ns = self.end_ns = start_ns
        self.calls: list[TracedCall] = []
        self.lengths: list[Lengths] = []
        self.lost: list[Lost] = []
        self.moments: list[Moment] = []
        self.threads: dict[int, str] = {}
        self.left_out = 0

    def write(self, events: Sequence[Event]) -> None:
        """Keep what there is room for."""
        for event in events:
            if isinstance(event, TracedCall):
                self.end_ns = max(self.end_ns, event.ended_ns)
                if len(self.calls) < self._kept_max:
                    self.calls.append(event)
                else:
                    self.left_out += 1
            elif isinstance(event, Lengths):
                if len(self.lengths) < self._kept_max:
                    self.lengths.append(event)
            elif isinstance(event, ThreadSeen):
                self.threads[event.number] = event.name
            elif isinstance(event, Lost):
                if len(self.lost) < self._kept_max:
                    self.lost.append(event)
            elif len(self.moments) < self._kept_max:
                self.moments.append(event)

    def end(self) -> None:
        """Nothing more will come."""
