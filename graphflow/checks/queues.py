"""Queue limits that a graph can't work with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.checks.silence import join_after
from graphflow.checks.topology import Topology, label, may_be_silent, port_of
from graphflow.nodes.input_policy import DefaultPolicy, FixedSizePolicy
from graphflow.plan import NO_LIMIT, InputPlan, NodePlan
from graphflow.words.diagnostics import Note

LIMIT: Final = Check(
    code="GF020",
    name="tight-queue",
    title="a queue limit can stop the graph",
    reason="A full queue holds back the sources above it. Where a join waits for a branch that "
    "collects packets first (a batch), and the join's other queue is full before that branch has "
    "got enough, the rest never comes; likewise where a queue is to be cut at a length that it "
    "can't reach. Then the engine lets the full queue grow, which the limit was meant to prevent; "
    "with report_deadlock the run fails, also where a branch is silent for long.",
    example="""\
input_stream: [image]
output_stream: [result, image_used]
max_queue_size: 4
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    input_stream_handler:
      input_stream_handler: DefaultInputStreamHandler
      options: {batch_size: 8}
    output_stream: [image_in_batches]
  - calculator: PassThroughCalculator
    input_stream: [image_in_batches, image]
    output_stream: [result, image_used]
""",
    remedy="Raise max_queue_size, or give the node that waits a buffer_size_hint; with "
    "report_deadlock, also let no branch of a join be silent.",
    cured="""\
input_stream: [image]
output_stream: [result, image_used]
max_queue_size: 4
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    input_stream_handler:
      input_stream_handler: DefaultInputStreamHandler
      options: {batch_size: 8}
    output_stream: [image_in_batches]
  - calculator: PassThroughCalculator
    buffer_size_hint: 8
    input_stream: [image_in_batches, image]
    output_stream: [result, image_used]
""",
)


def tight_queues(topology: Topology) -> Iterator[Finding]:
    """Tell which queues are too short for what has to wait in them."""
    for at, node in enumerate(topology.plan.nodes):
        if isinstance(node.policy, FixedSizePolicy):
            yield from _never_cut(node, node.policy.trigger_queue_size)
        if isinstance(node.policy, DefaultPolicy) and node.policy.batch_size > 1:
            held = node.policy.batch_size
            yield from _beside(topology, at, held, f"a batch of {held} packets")
        elif topology.plan.report_deadlock and may_be_silent(node):
            yield from _beside(topology, at, 0, "silence that may last for any number of packets")


def _never_cut(node: NodePlan, trigger: int) -> Iterator[Finding]:
    """Tell of queues that hold their sources back before they are long enough to be cut."""
    short = [port for port in node.inputs if _is_short(port, trigger)]
    if short:
        yield LIMIT.found(
            node.location,
            f"{label(node)} cuts its queues at {trigger} packets, and they are full with "
            f"{short[0].queue_limit}",
            hint="raise max_queue_size, or give the node a buffer_size_hint",
        )


def _is_short(port: InputPlan, held: int) -> bool:
    return port.queue_limit != NO_LIMIT and port.queue_limit < held


def _beside(topology: Topology, at: int, held: int, reason: str) -> Iterator[Finding]:
    """Tell of a join that is fed by a node which holds packets back, and beside it.

    Args:
        topology: the plan.
        at: the node.
        held: how many packets it holds back; 0 for any number.
        reason: why it does.
    """
    join = join_after(topology, at)
    if join is None:
        return
    port = topology.input(join.other)
    is_short = port.queue_limit != NO_LIMIT if held == 0 else _is_short(port, held)
    node, waiting = topology.plan.nodes[at], topology.plan.nodes[join.end.node]
    if is_short and _have_common_root(topology, at, port):
        yield LIMIT.found(
            waiting.location,
            f"{port_of(port)} of {label(waiting)} is full with {port.queue_limit} packets, and "
            f"waits for {label(node)}",
            found=reason,
            notes=(Note("that node is at", node.location),),
            hint="raise max_queue_size, or give the waiting node a buffer_size_hint",
        )


def _have_common_root(topology: Topology, at: int, port: InputPlan) -> bool:
    """Whether a full queue holds back what a node needs."""
    producer = topology.plan.streams[port.stream].producer
    if producer is None:
        return port.stream in topology.inputs_above(at)
    is_fed = topology.nodes_above(at) & topology.nodes_above(producer)
    return bool(is_fed) or bool(topology.inputs_above(at) & topology.inputs_above(producer))
