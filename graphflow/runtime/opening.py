"""Opening: which nodes may be opened, and what the opening of one gives to others.

A node waits for the side packets that it needs and other nodes make, and, if it reads headers, for
the nodes that feed it. Back edges are left out of that wait: a loop would wait for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphflow.plan import Plan
from graphflow.runtime.elements import Invocation, Node, Stream
from graphflow.runtime.run_state import RunState
from graphflow.words.errors import ContractError


def find_missing(node: Node, plan: Plan, values: Mapping[str, Any]) -> None:
    """Note what a node waits for before it can be opened; if that is nothing, offer it.

    Args:
        node: of a run that has not begun.
        plan: the graph.
        values: the side packets that are there.
    """
    node.missing_sides = {
        side.name
        for side in node.plan.side_inputs
        if side.name not in values
        and side.name in plan.side_packets
        and plan.side_packets[side.name].producer is not None
    }
    if node.plan.reads_headers:
        producers = {
            plan.streams[each.stream].producer for each in node.plan.inputs if not each.is_back_edge
        }
        node.missing_headers = {each for each in producers if each is not None}
        for invocation in node.idle:
            for queue, port in zip(node.queues, invocation.ports, strict=True):
                port.receive_header(queue.stream.header)
    _offer_open(node)


def publish_side_packets(run: RunState, invocation: Invocation) -> None:
    """Give side packets that a call made to the run; who waited only for them may open.

    Raises:
        ContractError: one of them was made before.
    """
    made = invocation.side_outputs.made
    if not made:
        return
    for name in made.keys() & run.side_packets.keys():
        raise ContractError(f'side packet "{name}" was already made in this run')
    run.side_packets.update(made)
    for node in run.nodes:
        if node.missing_sides:
            node.missing_sides -= made.keys()
            _offer_open(node)


def publish_headers(invocation: Invocation) -> None:
    """Give headers that an open set to those who read them."""
    for output, stream in zip(invocation.shards, invocation.node.outputs, strict=True):
        if output.header is not None:
            stream.header = output.header
            hand_header_out(stream)


def note_opened(opened: Node, nodes: Iterable[Node]) -> None:
    """A node is open: who waited only for its headers may open."""
    for node in nodes:
        if opened.index in node.missing_headers:
            node.missing_headers.discard(opened.index)
            _offer_open(node)


def hand_header_out(stream: Stream) -> None:
    """Give a stream's header to those who read it."""
    for queue in stream.queues:
        reader = queue.node
        if reader.plan.reads_headers:
            position = reader.queues.index(queue)
            for each in (*reader.idle, *reader.running):
                each.ports[position].receive_header(stream.header)


def _offer_open(node: Node) -> None:
    if not node.missing_sides and not node.missing_headers:
        node.pool.ready |= node.open_bit
