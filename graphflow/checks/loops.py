"""Loops that can't start, can't end, or stop when one of their nodes says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.checks.topology import (
    Loop,
    Topology,
    label,
    may_be_silent,
    port_of,
    waiting_together,
)
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.input_policy import EarlyClosePolicy
from graphflow.plan import NodePlan
from graphflow.words.diagnostics import Note

_CURED: Final = """\
input_stream: [image]
output_stream: [result, previous_used]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:image", "LOOP:result"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - calculator: PassThroughCalculator
    input_stream: [image, previous]
    output_stream: [result, previous_used]
"""

START: Final = Check(
    code="GF011",
    name="loop-without-start",
    title="a loop can't start",
    reason="The node with the back edge waits, at its first time, for what comes back to it; and "
    "nothing comes back before it has run. Nothing is ever processed, and the run ends as stuck. "
    "Only a node of the loop that emits a first packet, or advances its bound, when it is opened "
    "could help; here no node of the loop has an `open` of its own without a promised offset.",
    example="""\
input_stream: [image]
output_stream: [result, previous_used]
node:
  - calculator: PassThroughCalculator
    input_stream: [image, result]
    input_stream_info: [{tag_index: ":1", back_edge: true}]
    output_stream: [result, previous_used]
""",
    remedy="Close the loop by a PreviousLoopbackCalculator, which pairs each packet with the "
    "result of the one before and gives the first one nothing; or let your own node emit a seed "
    "in `open`, with timestamp_offset=None.",
    cured=_CURED,
)

END: Final = Check(
    code="GF012",
    name="loop-without-end",
    title="a loop can't end",
    reason="When the graph's inputs are over, the node with the back edge still waits for what "
    "may come back, and what comes back waits for it: the run ends as stuck. The loop has to be "
    "closed by one of its nodes, and here each of them only passes on, by its timestamp offset, "
    "what its inputs say.",
    example="""\
input_stream: [image]
output_stream: [result, previous_used]
node:
  - calculator: PassThroughCalculator # graphflow: ignore[GF031]
    input_stream: [image, result]
    input_stream_info: [{tag_index: ":1", back_edge: true}]
    input_stream_handler:
      input_stream_handler: ImmediateInputStreamHandler
    output_stream: [result, previous_used]
""",
    remedy="Close the loop by a PreviousLoopbackCalculator, which closes its output when its main "
    "input is over; let your own node do so; or give the node with the back edge an "
    "EarlyCloseInputStreamHandler.",
    cured=_CURED,
)

SILENT: Final = Check(
    code="GF013",
    name="loop-with-silent-node",
    title="a loop stops when one of its nodes says nothing",
    reason="The node with the back edge waits until a time has come round. A node of the loop has "
    "no timestamp_offset, nor does it settle its times itself; if it emits nothing for a time, the "
    "loop waits for ever, or a flow limiter lets no more frames in.",
    example="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:image", "LOOP:result"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - calculator: SequenceShiftCalculator
    input_stream: [previous]
    output_stream: [result]
    options: {packet_offset: -1}
""",
    remedy="Declare timestamp_offset in the node's contract; or let each call emit or advance the "
    "bounds of its outputs, and declare settles. For a flow limiter, in_flight_timeout helps too.",
    cured="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:image", "LOOP:result"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - calculator: PassThroughCalculator
    input_stream: [previous]
    output_stream: [result]
""",
)

NO_LOOP: Final = Check(
    code="GF014",
    name="back-edge-without-loop",
    title="a back edge closes no loop",
    reason="The input is marked as a back edge, but what it reads does not come from the node "
    "itself. The mark takes the input out of the order of the nodes, and hides a real cycle.",
    example="""\
input_stream: [image, mask]
output_stream: [result, mask_used]
node:
  - calculator: PassThroughCalculator
    input_stream: [image, mask]
    input_stream_info: [{tag_index: ":1", back_edge: true}]
    output_stream: [result, mask_used]
""",
    remedy="Take the entry out of input_stream_info.",
    cured="""\
input_stream: [image, mask]
output_stream: [result, mask_used]
node:
  - calculator: PassThroughCalculator
    input_stream: [image, mask]
    output_stream: [result, mask_used]
""",
)


def doubtful_loops(topology: Topology) -> Iterator[Finding]:
    """Tell what is wrong with each loop."""
    for loop in topology.loops():
        node = topology.plan.nodes[loop.end.node]
        port = topology.input(loop.end)
        if loop.end.node not in topology.reached:
            continue  # Nothing comes to it anyway, which is told of the node.
        if not loop.nodes:
            yield NO_LOOP.found(
                node.location,
                f"{port_of(port)} of {label(node)} is marked as a back edge, and closes no loop",
                hint="take the entry out of input_stream_info",
            )
        elif _lacks_start(topology, loop):
            yield START.found(
                node.location,
                f"the loop through {port_of(port)} of {label(node)} can't start",
                found="an input that waits for what comes back",
                hint="take the stream back by a PreviousLoopbackCalculator",
            )
        elif _lacks_end(topology, loop):
            yield END.found(
                node.location,
                f"the loop through {port_of(port)} of {label(node)} can't end",
                found="no node in it that closes its outputs",
                hint="take the stream back by a PreviousLoopbackCalculator",
            )
        else:
            yield from _silent_in(topology, loop)


def _nodes(topology: Topology, loop: Loop) -> list[NodePlan]:
    return [topology.plan.nodes[at] for at in sorted(loop.nodes)]


def _lacks_start(topology: Topology, loop: Loop) -> bool:
    """Whether the back edge is waited for, and nobody can have sent anything by then."""
    node = topology.plan.nodes[loop.end.node]
    is_waited_for = len(waiting_together(node, loop.end.position)) > 1
    return is_waited_for and not any(_may_seed(each) for each in _nodes(topology, loop))


def _may_seed(node: NodePlan) -> bool:
    """Whether a node may emit, or advance its bound, before it gets anything."""
    return node.offset != 0 and node.calculator.open is not Calculator.open


def _lacks_end(topology: Topology, loop: Loop) -> bool:
    """Whether nobody in a loop closes it. Whoever promises an offset leaves that to the engine."""
    return not any(
        node.offset is None or isinstance(node.policy, EarlyClosePolicy)
        for node in _nodes(topology, loop)
    )


def _silent_in(topology: Topology, loop: Loop) -> Iterator[Finding]:
    closing = topology.plan.nodes[loop.end.node]
    is_waited_for = len(waiting_together(closing, loop.end.position)) > 1
    if not (is_waited_for or closing.process_timestamps):
        return
    for node in _nodes(topology, loop):
        if may_be_silent(node) and node is not closing:
            yield SILENT.found(
                node.location,
                f"{label(node)} can stop the loop through {label(closing)}",
                found="neither timestamp_offset nor settles in its contract",
                notes=(Note("the loop is closed at", closing.location),),
                hint="declare timestamp_offset in its contract, or let each call settle and say so",
            )
