"""Sentences about what waits for what, made from the machine's queues."""

from __future__ import annotations

from collections.abc import Iterable

from graphflow import timestamp as time_of
from graphflow.contract import port_name
from graphflow.plan import Plan
from graphflow.runtime.elements import Node, Queue, State, Stream


def describe_waits(nodes: Iterable[Node], plan: Plan) -> list[str]:
    """Say of every node that is not closed what it waits for."""
    return [_wait_of(node, plan) for node in nodes if node.state is not State.CLOSED]


def describe_full(queue: Queue, plan: Plan) -> str:
    """Say which full queue nobody can empty."""
    starving = [each for each in queue.node.queues if not each.packets]
    lacking = " and ".join(_bound_of(each.stream, plan) for each in starving)
    return (
        f'{queue.node.plan.location}: node "{queue.node.plan.name}" can\'t take from stream '
        f'"{queue.stream.name}": {len(queue.packets)} packets wait there, which is its limit, '
        f"and the inputs that feed it are held back; it waits for {lacking or 'its turn'}"
    )


def _wait_of(node: Node, plan: Plan) -> str:
    who = f'{node.plan.location}: node "{node.plan.name}"'
    if node.state is State.NEW:
        if node.missing_sides:
            names = ", ".join(f'"{name}"' for name in sorted(node.missing_sides))
            return f"{who} waits to be opened for the side packet {names}"
        return f"{who} waits to be opened"
    if node.free <= 0 or node.running:
        call = node.running[0] if node.running else node.slot
        return f"{who} is running: {call.step.value} at {time_of.text(call.timestamp)}"
    if node.pool.ready & node.bit:
        return f"{who} is ready to {'be closed' if node.is_closing else 'run'}"
    if node.is_dormant:
        layer = node.plan.source_layer
        return f"{who} is a source of layer {layer}: it waits for the end of those of lower layers"
    if node.is_source:
        return f"{who} is a source and held back: a queue downstream of it is full"
    watched = [queue for queue in node.queues if queue.is_watched and not queue.packets]
    pending = [queue.packets[0].timestamp for queue in node.queues if queue.packets]
    goal = f" at or past {time_of.text(min(pending))}" if pending else ""
    streams = " or ".join(_queue_of(queue, node, plan) for queue in watched)
    return f"{who} waits for a packet or bound{goal} on {streams}"


def _queue_of(queue: Queue, node: Node, plan: Plan) -> str:
    position = node.queues.index(queue)
    port = node.plan.inputs[position]
    return f"input {port_name(port.tag, port.index)}, {_bound_of(queue.stream, plan)}"


def _bound_of(stream: Stream, plan: Plan) -> str:
    producer = stream.plan.producer
    if producer is None:
        by = "fed by the application"
    else:
        by = f'written by node "{plan.nodes[producer].name}"'
    return f'stream "{stream.name}" (bound {time_of.text(stream.bound)}, {by})'
