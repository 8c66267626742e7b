"""Snapshot: what every node of a run is at, in one moment: its calls, queues, bounds and wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graphflow.driver import Driver
from graphflow.nodes.contract import port_name
from graphflow.plan import NO_LIMIT
from graphflow.runtime.elements import Node
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.waits import Reason, Wait

_STATES: Final[dict[Reason, str]] = {
    Reason.READY: "ready, waits for a worker",
    Reason.PAUSED: "ready, but the run is paused",
    Reason.LAYER: "waits for lower layers",
}


@dataclass(frozen=True)
class QueueLength:
    """How many packets wait at one input.

    Attributes:
        port: the input, as "TAG" or ":index".
        limit: at which it is full; 0 for no limit.
        bound: the lowest time that may still come to it, microseconds.
    """

    port: str
    length: int
    limit: int
    bound: int


@dataclass(frozen=True)
class NodeSnapshot:
    """What one node is at.

    Attributes:
        calls: how often `process` was called so far.
        busy_seconds: how long that took.
        state: "new", "opening", "open", "closing" or "closed".
        wait: why it does not go on, in a few words; "" for a closed node.
    """

    node: str
    calls: int
    busy_seconds: float
    state: str
    queues: tuple[QueueLength, ...]
    wait: str = ""


@dataclass(frozen=True)
class Snapshot:
    """What all nodes of a run are at; observers and the like are the last.

    Attributes:
        nodes: in the plan's order.
        waits: why each does not go on, the root causes first, as `Graph.explain` has them.
    """

    nodes: tuple[NodeSnapshot, ...]
    waits: tuple[Wait, ...]


def snapshot_of(driver: Driver, waits: Sequence[Wait]) -> Snapshot:
    """Look at all nodes at once, between two reports.

    Args:
        driver: of the run.
        waits: what it explained just before.
    """
    reasons = {wait.node: in_short(wait) for wait in waits if wait.node}

    def look(scheduler: Scheduler) -> tuple[NodeSnapshot, ...]:
        return tuple(_node(each, driver, reasons) for each in scheduler.nodes)

    return Snapshot(driver.look(look), tuple(waits))


def in_short(wait: Wait) -> str:
    """Return why a node does not go on, in a few words."""
    if wait.reason is Reason.RUNNING:
        seconds = "" if wait.call.seconds is None else f" for {wait.call.seconds:.1f} s"
        return f"runs {wait.call.step}{seconds}"
    if wait.reason is Reason.INPUT:
        return "waits for " + " or ".join(
            f"{each.stream} (bound {time_of.text(each.bound)})" for each in wait.inputs
        )
    if wait.reason is Reason.SIDE_PACKET:
        return "waits for the side packet " + ", ".join(wait.side_packets)
    if wait.reason is Reason.HEADER:
        return "waits for the headers of " + " and ".join(wait.headers_of)
    if wait.reason in (Reason.HELD_BACK, Reason.FULL):
        return "held back by " + " and ".join(f"{each.node} {each.port}" for each in wait.full)
    return _STATES.get(wait.reason, str(wait.reason.value))


def _node(node: Node, driver: Driver, reasons: dict[str, str]) -> NodeSnapshot:
    calls, busy_seconds, _ = driver.times_of(node.index)
    return NodeSnapshot(
        node=node.plan.name,
        calls=calls,
        busy_seconds=busy_seconds,
        state=node.state.name.lower(),
        queues=tuple(
            QueueLength(
                port_name(each.tag, each.index),
                len(queue.packets),
                queue.limit if each.queue_limit != NO_LIMIT else NO_LIMIT,
                queue.stream.bound,
            )
            for each, queue in zip(node.plan.inputs, node.queues, strict=True)
        ),
        wait=reasons.get(node.plan.name, ""),
    )
