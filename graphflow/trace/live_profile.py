"""LiveProfile: what each node did so far, for those who ask while the run goes on."""

from __future__ import annotations

from collections.abc import Sequence

from graphflow.plan import Plan
from graphflow.running.profile import GraphProfile
from graphflow.trace.events import Event
from graphflow.trace.profile import Profile
from graphflow.trace.tracer import Tracer


class LiveProfile:
    """The profile of a run, up to date whenever it is asked for: a sink of the run's tracer.

    Args:
        tracer: of the run.
        node_count: how many of the first nodes it tells of: those of the graph, not its observers.
    """

    def __init__(self, tracer: Tracer, node_count: int) -> None:
        self._tracer = tracer
        self._node_count = node_count
        self._profile = Profile()
        self._start_ns = 0

    def capture(self) -> GraphProfile:
        """Return what each node did from the start until now."""
        self._tracer.flush()
        seconds = (self._tracer.clock() - self._start_ns) / 1e9
        return GraphProfile(seconds, tuple(self._profile.nodes[: self._node_count]))

    def begin(self, plan: Plan, start_ns: int) -> None:
        """A run begins."""
        self._start_ns = start_ns
        self._profile.begin(plan, start_ns)

    def write(self, events: Sequence[Event]) -> None:
        """Add calls and losses up."""
        self._profile.write(events)

    def end(self) -> None:
        """The sums are final."""
        self._profile.end()
