"""Profile: what each node did in a run, and what it waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphflow.plan import Plan
from graphflow.trace.events import Event, Lost, TracedCall


@dataclass(frozen=True)
class NodeProfile:
    """What a node did in a run.

    Attributes:
        node: its name.
        calls: how often `process` was called, failed calls included.
        busy_seconds: how long these calls took in all.
        busy_max_seconds: how long the longest took.
        queued_seconds: how long the node was ready before its calls began: it waited for a worker.
        waiting_seconds: how long the first packet of each call lay in its queue while the node was
            not ready: it waited for its other inputs, or for its own earlier call.
        setup_seconds: how long `open` and `close` took.
        share: of the busy time of all nodes, from 0 to 1.
        dropped: packets lost at its inputs.
    """

    node: str
    calls: int = 0
    busy_seconds: float = 0.0
    busy_max_seconds: float = 0.0
    queued_seconds: float = 0.0
    waiting_seconds: float = 0.0
    setup_seconds: float = 0.0
    share: float = 0.0
    dropped: int = 0


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
