"""The profile of a run, as a service: what each node did so far, and what it waited for.

A run in which a node asks for it is traced, whether or not the application wants a trace.
"""

from __future__ import annotations

from typing import Final, Protocol

from graphflow.nodes.service import Service
from graphflow.words.quick_dataclass import dataclass


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


@dataclass(frozen=True)
class GraphProfile:
    """What the nodes of a graph did from the start of a run until now.

    Attributes:
        seconds: since the start.
        nodes: those of the graph, in the plan's order; calls under way are not in it.
    """

    seconds: float
    nodes: tuple[NodeProfile, ...]

    def of(self, node: str) -> NodeProfile:
        """Return what one node did.

        Raises:
            KeyError: the graph has no such node.
        """
        for each in self.nodes:
            if each.node == node:
                return each
        raise KeyError(node)


class ProfileSource(Protocol):
    """Tells what the nodes of a run did so far."""

    def capture(self) -> GraphProfile:
        """Return it, as it is now; from a calculator's call, or from any thread."""


PROFILE: Final = Service[ProfileSource]("profile")
"""The profile of the run; each run gives its own, unless the application gives one."""
