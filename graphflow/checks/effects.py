"""Nodes that do nothing for anybody: nothing comes of them, or nothing ever comes to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.checks.topology import Topology, label
from graphflow.config.graph_config import GraphConfig, NodeConfig

USELESS: Final = Check(
    code="GF005",
    name="useless-node",
    title="nothing comes of a node",
    reason="What the node makes goes only to nodes whose results nobody reads. It runs all the "
    "same, and takes its time.",
    example="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:size"]
  - calculator: PassThroughCalculator
    input_stream: [size]
    output_stream: [size_for_nobody] # graphflow: ignore[GF001]
""",
    remedy="Read the results, list them under the graph's output_stream, or take the nodes out.",
    cured="""\
input_stream: [image]
output_stream: [result, size_for_all]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:size"]
  - calculator: PassThroughCalculator
    input_stream: [size]
    output_stream: [size_for_all]
""",
)

UNREACHABLE: Final = Check(
    code="GF006",
    name="unreachable-node",
    title="no packet ever comes to a node",
    reason="The node's inputs come from no source and from no input of the graph: only from a "
    "loop that nothing leads into. It is never called.",
    example="""\
input_stream: [image]
output_stream: [result, answer]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
  - calculator: PassThroughCalculator
    input_stream: [answer]
    input_stream_info: [{tag_index: ":0", back_edge: true}]
    output_stream: [answer]
""",
    remedy="Lead a stream that comes from a source, or from an input of the graph, to the node.",
    cured="""\
input_stream: [image]
output_stream: [result, answer]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
  - calculator: PassThroughCalculator
    input_stream: [result]
    output_stream: [answer]
""",
)


def useless_nodes(config: GraphConfig) -> Iterator[Finding]:
    """Tell which nodes of a file have readers, but only such as lead nowhere."""
    read = {each.name for node in config.nodes for each in (*node.inputs, *node.side_inputs)}
    wanted = {each.name for each in (*config.outputs, *config.side_outputs)}
    useless = list(config.nodes)
    is_changed = True
    while is_changed:
        useful = [node for node in useless if not _made(node) or _made(node) & wanted]
        wanted |= {each.name for node in useful for each in (*node.inputs, *node.side_inputs)}
        useless = [node for node in useless if node not in useful]
        is_changed = bool(useful)
    for node in useless:
        # Where nobody at all reads a node's streams, that is told of each of them.
        if _made(node) & read:
            yield USELESS.found(
                node.location,
                f'nothing comes of node "{node.label}"',
                found="readers that lead to no output of the graph, and to no node without outputs",
                hint="read what comes of it, or take it out",
            )


def _made(node: NodeConfig) -> set[str]:
    return {each.name for each in (*node.produced, *node.side_outputs)}


def unreachable_nodes(topology: Topology) -> Iterator[Finding]:
    """Tell which nodes neither a source nor an input of the graph leads to."""
    for at, node in enumerate(topology.plan.nodes):
        if node.inputs and at not in topology.reached:
            yield UNREACHABLE.found(
                node.location,
                f"no packet ever comes to {label(node)}",
                found="inputs from no source and from no input of the graph",
                hint="lead a stream that comes from one to it, or take it out",
            )
