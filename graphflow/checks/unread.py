"""Names within a file that nobody uses: streams, graph inputs, side packets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphflow.checks.check import Check, Finding
from graphflow.config.graph_config import GraphConfig

STREAM: Final = Check(
    code="GF001",
    name="unread-stream",
    title="nobody reads a stream",
    reason="A node makes the stream, but no other node reads it and the graph does not give it "
    "out. Often a connection was forgotten. A program can still look at the stream with "
    "`Graph.observe`; then list it under output_stream, which says so.",
    example="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:size"]
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
    remedy="Read the stream, list it under the graph's output_stream, or take it out: an output "
    "that the contract calls optional may be left unconnected.",
    cured="""\
input_stream: [image]
output_stream: [result, size]
node:
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:size"]
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
)

INPUT: Final = Check(
    code="GF002",
    name="unread-input",
    title="nobody reads an input of the graph",
    reason="Whoever uses the graph has to connect or to feed the stream, and nothing comes of it.",
    example="""\
input_stream: [image, mask]
output_stream: [result]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
    remedy="Read the stream, or take it out of the graph's input_stream.",
    cured="""\
input_stream: [image]
output_stream: [result]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
)

SIDE_PACKET: Final = Check(
    code="GF003",
    name="unused-side-packet",
    title="nobody uses a side packet",
    reason="Setting it changes nothing, which surprises whoever sets it.",
    example="""\
input_stream: [image]
input_side_packet:
  - {name: is_mirrored, type: bool, default: false}
output_stream: [result]
node:
  - calculator: PassThroughCalculator
    input_stream: [image]
    output_stream: [result]
""",
    remedy="Connect it to the node that it is meant for, or take it out.",
    cured="""\
input_stream: [image]
input_side_packet:
  - {name: is_wanted, type: bool, default: false}
output_stream: [result]
node:
  - calculator: GateCalculator
    input_side_packet: ["ALLOW:is_wanted"]
    input_stream: [image]
    output_stream: [result]
""",
)


def unread_names(config: GraphConfig) -> Iterator[Finding]:
    """Tell which streams and side packets of a file nobody uses."""
    read = {each.name for node in config.nodes for each in node.inputs}
    read |= {each.name for each in config.outputs}
    for node in config.nodes:
        for each in node.produced:
            if each.name not in read:
                yield STREAM.found(
                    each.location,
                    f'nobody reads stream "{each.written}" of node "{node.label}"',
                    hint="read it, list it under output_stream, or take it out",
                )
    for each in config.inputs:
        if each.name not in read:
            yield INPUT.found(
                each.location,
                f'nobody reads the graph\'s input "{each.written}"',
                hint="read it, or take it out of input_stream",
            )
    yield from _unused_side_packets(config)


def _unused_side_packets(config: GraphConfig) -> Iterator[Finding]:
    used = {each.name for node in config.nodes for each in node.side_inputs}
    used |= {each.name for each in config.side_outputs}
    given = [packet.connection for packet in config.side_inputs]
    made = [each for node in config.nodes for each in node.side_outputs]
    for each in (*given, *made):
        if each.name not in used:
            yield SIDE_PACKET.found(
                each.location,
                f'nobody uses side packet "{each.written}"',
                hint="connect it to a node, or take it out",
            )
