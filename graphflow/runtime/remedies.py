"""Remedies: what to do about a root cause, one sentence for each case."""

from __future__ import annotations

from graphflow.nodes.contract import port_name
from graphflow.runtime.blame import Blame, Subject, awaited_of, back_edge_of, reason_of
from graphflow.runtime.elements import Node, Queue, Stream
from graphflow.words import timestamp as time_of
from graphflow.words.timestamp import DONE, UNSET
from graphflow.words.waits import Reason


def remedy_of(root: Subject, blame: Blame) -> str:
    """Say what helps where a chain of waits ends."""
    if root in blame.rings:
        return _in_ring(root, blame)
    if isinstance(root, Stream):
        return _for_graph_input(root, blame)
    reason = reason_of(root)
    if reason is Reason.SIDE_PACKET:
        return "the node that makes it is closed: it must set its side output in open or process"
    if reason is Reason.RUNNING:
        return "its call has not returned; all that it would emit waits for that"
    if reason is Reason.HELD_BACK:
        return "take the packets that wait there, or raise max_queue_size"
    if reason is Reason.INPUT:
        return _for_broken_promise(root, blame)
    return ""


def _for_graph_input(stream: Stream, blame: Blame) -> str:
    needs = [
        blame.needs[node]
        for node in blame.nodes
        if node in blame.needs and any(queue.stream is stream for queue in awaited_of(node))
    ]
    goal = f" at or past {time_of.text(min(needs))}" if needs else ""
    return f'add a packet{goal} to "{stream.name}", advance its bound past that time, or close it'


def _for_broken_promise(node: Node, blame: Blame) -> str:
    need = blame.needs.get(node, UNSET)
    for queue in awaited_of(node):
        writer = blame.producers.get(queue.stream)
        if writer is None or not blame.breaks_promise(node, queue):
            continue
        return (
            f'node "{writer.plan.name}" has passed {time_of.text(need)} and emitted nothing there: '
            "declare timestamp_offset in its contract, or let it emit, or advance the bound of its "
            "output, at each time"
        )
    return ""


def _in_ring(root: Subject, blame: Blame) -> str:
    back = back_edge_of(root) if isinstance(root, Node) else None
    if back is not None:
        return _for_loop(back, blame)
    for each in blame.rings[root]:
        if reason_of(each) is Reason.HELD_BACK:
            stream = each if isinstance(each, Stream) else each.outputs[0]
            return _for_full_queue(blame.full_queues(stream)[0])
    return ""


def _for_loop(back: Queue, blame: Blame) -> str:
    node, stream = back.node, back.stream
    writer = blame.producers[stream].plan.name
    others = [queue for queue in node.queues if queue is not back]
    if others and all(not each.packets and each.stream.bound == DONE for each in others):
        return (
            f'the loop is to end where it is closed: let node "{node.plan.name}" close its outputs '
            "when its other inputs are done, as PreviousLoopbackCalculator does"
        )
    if not stream.carried:
        return (
            f'the loop has no first packet: let node "{writer}" emit one, or advance the bound of '
            f'"{stream.name}", in open; or take the stream back by a PreviousLoopbackCalculator '
            "with its own input policy"
        )
    return (
        f'node "{writer}" did not settle the time that the loop waits for: let every node of it '
        "emit, or advance the bound of its output, at each time, or declare timestamp_offset"
    )


def _for_full_queue(queue: Queue) -> str:
    port = queue.node.plan.inputs[queue.node.queues.index(queue)]
    return (
        f'input {port_name(port.tag, port.index)} of node "{queue.node.plan.name}" needs more room '
        f"than {queue.limit} packets before the other inputs come: raise max_queue_size; "
        "report_deadlock makes such a run fail at once"
    )
