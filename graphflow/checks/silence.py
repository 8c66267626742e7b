"""Joins that stall when a node before them says nothing.

A node without timestamp offset promises nothing about times at which it emits nothing. Unless it
advances its bound itself, whoever joins its stream with another waits there until its next packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from graphflow.checks.check import Check, Finding
from graphflow.checks.topology import (
    End,
    Topology,
    label,
    may_be_silent,
    port_of,
    produced,
    waiting_together,
)
from graphflow.words.diagnostics import Note

SILENT: Final = Check(
    code="GF010",
    name="silent-node",
    title="a node that emits nothing for a time makes a join wait",
    reason="The node's contract has no timestamp_offset, nor does it say that the node settles its "
    "times itself; so when it emits nothing in a call, nobody after it hears that the time is "
    "over. A node that joins its stream with another one keeps the other's packets waiting "
    "until the next packet comes, or the stream ends: results come late, and queues grow.",
    example="""\
input_stream: [image]
output_stream: [result, image_used]
node:
  - calculator: SequenceShiftCalculator
    input_stream: [image]
    output_stream: [image_after]
    options: {packet_offset: -1}
  - calculator: PassThroughCalculator
    input_stream: [image_after, image]
    output_stream: [result, image_used]
""",
    remedy="In your own calculator: declare timestamp_offset (0 where each output has the time of "
    "its input); or emit, or advance the bounds of the outputs, in each call, and declare "
    "settles. In a graph: put a PacketClonerCalculator between, which gives the newest value at "
    "each tick, let the join read its inputs apart, by a SyncSetInputStreamHandler, or use "
    "another node, such as the PreviousLoopbackCalculator below.",
    cured="""\
input_stream: [image]
output_stream: [result, image_used]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:image", "LOOP:image_used"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:image_before"]
  - calculator: PassThroughCalculator
    input_stream: [image_before, image]
    output_stream: [result, image_used]
""",
)


class Join(NamedTuple):
    """Where the packets of two streams wait for each other.

    Attributes:
        end: the input that is fed by the node asked about.
        other: an input that is not, and waits for it.
    """

    end: End
    other: End


def silent_nodes(topology: Topology) -> Iterator[Finding]:
    """Tell which nodes can make a join after them wait."""
    for at, node in enumerate(topology.plan.nodes):
        join = join_after(topology, at) if may_be_silent(node) else None
        if join is None:
            continue
        waiting = topology.plan.nodes[join.end.node]
        port, other = topology.input(join.end), topology.input(join.other)
        yield SILENT.found(
            node.location,
            f"{label(node)} tells nobody when it emits nothing, and {label(waiting)} waits",
            found=f"a join of {port_of(port)} with {port_of(other)}, which comes without that node",
            notes=(Note("the join is at", waiting.location),),
            hint="declare timestamp_offset in its contract, or let each call settle and say so",
        )


def join_after(topology: Topology, at: int) -> Join | None:
    """Return the first join of what comes from a node with what does not, or None.

    Nodes that hand on how far they are settled are looked through; those that may be silent
    themselves are told by themselves.
    """
    nodes = topology.plan.nodes
    own = set(produced(nodes[at]))
    waiting = list(own)
    ends: list[End] = []
    while waiting:
        for end in topology.readers[waiting.pop(0)]:
            if topology.input(end).is_back_edge:
                continue
            ends.append(end)
            if not may_be_silent(nodes[end.node]):
                fresh = [each for each in produced(nodes[end.node]) if each not in own]
                own.update(fresh)
                waiting += fresh
    for end in ends:
        node = nodes[end.node]
        for position in sorted(waiting_together(node, end.position)):
            if node.inputs[position].stream not in own:
                return Join(end, End(end.node, position))
    return None
