"""What a run's results may depend on beside its inputs, and which packets load may cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.checks.topology import Topology, label
from graphflow.nodes.input_policy import (
    EarlyClosePolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    SyncSetPolicy,
)
from graphflow.plan import NodePlan

LOSS: Final = Check(
    code="GF030",
    name="data-loss",
    title="a node drops packets when it can't keep up",
    reason="Under load packets are lost, and which ones depends on how fast the machine is. That "
    "is what a live graph needs, and what a file or a measurement must not have. A run counts "
    "what was dropped, and `graphflow run --no-drops` fails if anything was.",
    example="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PassThroughCalculator # graphflow: ignore[GF031]
    input_stream: [image]
    input_stream_handler:
      input_stream_handler: FixedSizeInputStreamHandler
    output_stream: [result]
""",
    remedy="Take the limiter, or the FixedSizeInputStreamHandler, out where every packet counts: "
    "full queues then hold the source back. Where dropping is meant, say so by a comment.",
    cured="""\
input_stream: [image]
output_stream: [result]
max_queue_size: 2
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
)

VARIATION: Final = Check(
    code="GF031",
    name="not-reproducible",
    title="a node's results depend on more than its inputs",
    reason="The same input can give other results when the graph runs again: on the order in "
    "which threads deliver packets, on speed, or on the clock. A graph without such a node gives "
    "the same results each time, with any number of threads.",
    example="""\
input_stream: [fast, slow]
output_stream: [fast_result, slow_result]
node:
  - calculator: PassThroughCalculator
    input_stream: [fast, slow]
    input_stream_handler:
      input_stream_handler: ImmediateInputStreamHandler
    output_stream: [fast_result, slow_result]
""",
    remedy="Use the default input policy, which joins packets by their times. Where a live graph "
    "is meant to depend on speed, say so by a comment. In your own calculator, declare "
    "varies_with in the contract: the empty text if its results do not depend on the order of "
    "its calls.",
    cured="""\
input_stream: [fast, slow]
output_stream: [fast_result, slow_result]
node:
  - calculator: PassThroughCalculator
    input_stream: [fast, slow]
    output_stream: [fast_result, slow_result]
""",
)


def losses(topology: Topology) -> Iterator[Finding]:
    """Tell which nodes drop packets under load."""
    for node in topology.plan.nodes:
        lost = _lost(node)
        if lost:
            yield LOSS.found(
                node.location,
                f"{label(node)} can lose packets",
                found=f"it drops {lost}",
                hint="if that is meant, say so: # graphflow: ignore[GF030]",
            )


def variations(topology: Topology) -> Iterator[Finding]:
    """Tell which nodes make a graph's results depend on more than its inputs."""
    for node in topology.plan.nodes:
        cause = variation(node)
        if cause:
            yield VARIATION.found(
                node.location,
                f"{label(node)} makes the graph's results vary from run to run",
                found=f"results that depend on {cause}",
                hint="if that is meant, say so: # graphflow: ignore[GF031]",
            )


def variation(node: NodePlan) -> str:
    """Return on what, besides its inputs, a node's results depend; "" if on nothing."""
    if node.varies_with is not None:
        return node.varies_with
    if isinstance(node.policy, FixedSizePolicy):
        return "how fast packets come"
    if isinstance(node.policy, EarlyClosePolicy) and len(node.inputs) > 1:
        return "which of its inputs is over first"
    is_apart = isinstance(node.policy, ImmediatePolicy) and len(node.inputs) > 1
    if is_apart or (isinstance(node.policy, SyncSetPolicy) and len(node.sync_sets) > 1):
        return "the order in which packets come"
    return ""


def _lost(node: NodePlan) -> str:
    if isinstance(node.policy, FixedSizePolicy):
        size = node.policy.trigger_queue_size
        return f"the oldest packets when a queue has {size}"
    # Where all is joined by time, what is dropped is the same in every run.
    return node.loses if variation(node) else ""
