"""Profile: what each node did in a run, and what it waited for."""

from __future__ import annotations

from collections.abc import Sequence

from graphflow.plan import Plan
from graphflow.running.profile import NodeProfile
from graphflow.trace.events import Event, Lost, TracedCall


class _Sums:
    __slots__ = (
        "busy_max_ns",
        "busy_ns",
        "calls",
        "dropped",
        "queued_ns",
        "setup_ns",
        "waiting_ns",
    )

    def __init__(self) -> None:
        self.calls = self.dropped = 0
        self.busy_ns = self.busy_max_ns = self.queued_ns = self.waiting_ns = self.setup_ns = 0


class Profile:
    """Adds up what each node did: a sink of `Tracer`. May be asked during the run, and after it."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._sums: tuple[_Sums, ...] = ()

    @property
    def nodes(self) -> list[NodeProfile]:
        """What each node did so far, in the plan's order; observers are the last."""
        busy_ns = sum(sums.busy_ns for sums in self._sums) or 1
        return [
            NodeProfile(
                name,
                sums.calls,
                sums.busy_ns / 1e9,
                sums.busy_max_ns / 1e9,
                sums.queued_ns / 1e9,
                sums.waiting_ns / 1e9,
                sums.setup_ns / 1e9,
                sums.busy_ns / busy_ns,
                sums.dropped,
            )
            for name, sums in zip(self._names, self._sums, strict=True)
        ]

    def begin(self, plan: Plan, start_ns: int) -> None:
        """Forget the last run."""
        self._names = tuple(node.name for node in plan.nodes)
        self._sums = tuple(_Sums() for _ in plan.nodes)

    def write(self, events: Sequence[Event]) -> None:
        """Add calls and losses up."""
        for event in events:
            if isinstance(event, TracedCall):
                _add(self._sums[event.node], event)
            elif isinstance(event, Lost) and event.port >= 0:
                self._sums[event.node].dropped += event.amount

    def end(self) -> None:
        """The sums are final."""


def _add(sums: _Sums, call: TracedCall) -> None:
    busy_ns = call.busy_ns
    if call.step != "process":
        sums.setup_ns += busy_ns
        return
    sums.calls += 1
    sums.busy_ns += busy_ns
    sums.busy_max_ns = max(sums.busy_max_ns, busy_ns)
    sums.queued_ns += call.queued_ns
    sums.waiting_ns += call.waiting_ns
