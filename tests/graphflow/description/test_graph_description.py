from __future__ import annotations

from pathlib import Path

from graphflow.description.calculator_description import Kind, OptionDescription, PortDescription
from graphflow.description.graph_description import described_graph, graph_summary

TEXT = """\
# yaml-language-server: $schema=graph.schema.json
#
# Keeps scores that are high. Others are
# dropped.
#
# More about it.
#
# Source: MediaPipe, somewhere.pbtxt

parameter:
  # Lowest score that is kept.
  - {name: lowest, type: float, default: 0.5, minimum: 0.0, maximum: 1.0}

input_stream:
  # What the model says. (float)
  - "SCORE:score"
  - extra

input_side_packet:
  - {name: "MODE:mode", type: int, default: 1, minimum: 0, description: which way}
  - path

output_stream:
  # Whether it is high. (bool)
  - "FLAG:flag"
  - "OTHER:1:extra_passed"

node:
  - calculator: ThresholdingCalculator
    input_stream: ["FLOAT:score"]
    output_stream: ["FLAG:flag"]
    options: {threshold: "${lowest}"}
  - calculator: PassThroughCalculator
    input_stream: [extra]
    output_stream: [extra_passed]
"""


def test_a_graph_is_described_by_its_keys_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "high_scores.yaml"
    path.write_text(TEXT, encoding="utf-8")
    found = described_graph(path)
    assert (found.name, found.kind) == ("HighScores", Kind.GRAPH)
    assert found.module == str(path)
    assert found.summary == graph_summary(path) == "Keeps scores that are high."
    assert found.text == "Others are dropped.\n\nMore about it."
    assert found.sections == {"Source": "MediaPipe, somewhere.pbtxt"}
    assert found.options == (
        OptionDescription(
            "lowest", "float", "at least 0.0, at most 1.0", "0.5", "Lowest score that is kept"
        ),
    )
    assert found.inputs == (
        PortDescription("SCORE", "float", False, False, "What the model says"),
        PortDescription("", "anything", False, False, ""),
    )
    assert found.side_inputs == (
        PortDescription("MODE", "int, at least 0", True, False, "which way", default="1"),
        PortDescription("path", "anything", True, False, ""),
    )
    assert found.outputs == (
        PortDescription("FLAG", "bool", False, False, "Whether it is high"),
        PortDescription("OTHER", "anything", False, False, "", index=1),
    )
