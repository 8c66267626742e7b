"""Options of a graph, forwarded to its nodes by MediaPipe's `option_value`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow.loading import load_plan, plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.words.errors import ConfigError

DEFAULTS = """\
graph_options:
  score: 0.25
  limits: [3, 4]
  model: {path: a.tflite, crop: {width: 5}}
  group: {}
  unset:
"""


def detector(nodes: Registry, forwarded: str, options: str = "", **given: Any) -> Any:
    node = (
        'node:\n  - calculator: DetectCalculator\n    input_stream: "IMAGE:image"\n'
        f'    output_stream: "DETECTIONS:found"\n    options: {{{options}}}\n'
        f"    option_value: {forwarded}\n"
    )
    text = f"{DEFAULTS}input_stream: image\n{node}"
    return plan_from_text(text, registry=nodes, parameters=given).nodes[0].options


@pytest.mark.parametrize(
    ("forwarded", "options", "name", "expected"),
    [
        ("min_score:options/score", "", "min_score", 0.25),
        ("min_score:options/score", "min_score: 0.5", "min_score", 0.25),
        ("strides:options/score", "", "strides", None),
        ("strides:options/limits", "", "strides", (3, 4)),
        ("strides:options/limits/1", "", "strides", (4,)),
        ("max_results:options/limits/0", "", "max_results", 3),
        ("model_path:options/model/path", "", "model_path", "a.tflite"),
        ("threshold:options/unset", "threshold: 2.0", "threshold", 2.0),
        ("threshold:options/unset/deeper", "threshold: 2.0", "threshold", 2.0),
        ("[]", "threshold: 2.0", "threshold", 2.0),
    ],
)
def test_option_takes_the_graphs_value(
    nodes: Registry, forwarded: str, options: str, name: str, expected: object
) -> None:
    if expected is None:
        with pytest.raises(ConfigError, match=r"found 0\.25; expected an integer"):
            detector(nodes, f'"{forwarded}"' if ":" in forwarded else forwarded, options)
    else:
        quoted = f'"{forwarded}"' if ":" in forwarded else forwarded
        assert getattr(detector(nodes, quoted, options), name) == expected


def test_nested_option_of_the_node_keeps_its_neighbours(nodes: Registry) -> None:
    options = detector(nodes, '"crop/width:options/model/crop/width"', "crop: {keep: false}")
    assert (options.crop.width, options.crop.keep) == (5, False)


def test_group_of_options_may_be_all_options_of_the_node(nodes: Registry) -> None:
    given = {"path": None, "name": "n"}
    options = detector(nodes, '"OPTIONS:options/group"', "max_results: 2, name: m", group=given)
    assert (options.max_results, options.name) == (2, "n")


def test_options_may_be_the_whole_of_both(nodes: Registry) -> None:
    text = """\
graph_options: {min_score: 0.5, max_results: 3, threshold: }
input_stream: image
node:
  calculator: DetectCalculator
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:found"
  option_value: "OPTIONS:options"
"""
    plan = plan_from_text(text, registry=nodes, parameters={"max_results": 7})
    options: Any = plan.nodes[0].options
    assert (options.min_score, options.max_results, options.threshold) == (0.5, 7, None)


def test_declared_parameters_are_forwarded_too(nodes: Registry) -> None:
    text = """\
parameter: {name: score, type: float, default: 0.5}
input_stream: image
node:
  calculator: DetectCalculator
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:found"
  option_value: "min_score:options/score"
"""
    options: Any = plan_from_text(text, registry=nodes).nodes[0].options
    assert options.min_score == 0.5


def test_options_are_forwarded_through_graphs(nodes: Registry, bundled_graphs: Path) -> None:
    inner = DEFAULTS + (
        'input_stream: "IMAGE:image"\nnode:\n  calculator: DetectCalculator\n'
        '  input_stream: "IMAGE:image"\n  output_stream: "DETECTIONS:found"\n'
        '  option_value: ["min_score:options/score", "crop:options/model/crop"]\n'
    )
    middle = (
        'graph_options: {s: 0.5}\ninput_stream: "IMAGE:image"\nnode:\n  calculator: Inner\n'
        '  input_stream: "IMAGE:image"\n  option_value: "score:options/s"\n'
    )
    (bundled_graphs / "inner.yaml").write_text(inner, encoding="utf-8")
    (bundled_graphs / "middle.yaml").write_text(middle, encoding="utf-8")
    text = """\
input_stream: image
node:
  - {calculator: Middle, input_stream: "IMAGE:image"}
  - {calculator: Middle, input_stream: "IMAGE:image", options: {s: 0.75}}
  - {calculator: Inner, input_stream: "IMAGE:image", options: {model: {crop: {width: 9}}}}
"""
    found: list[Any] = [node.options for node in plan_from_text(text, registry=nodes).nodes]
    assert [each.min_score for each in found] == [0.5, 0.75, 0.25]
    assert [each.crop.width for each in found] == [5, 5, 9]


def test_options_nested_deeper_from_graph_to_graph_are_refused(
    nodes: Registry, tmp_path: Path
) -> None:
    path = "/".join(["x"] * 60)
    for level in range(40):
        inner = f"Level{level + 1}" if level < 39 else "GateCalculator"
        (tmp_path / f"level{level}.yaml").write_text(
            f"graph_options: {{x: 1}}\nnode: {{calculator: {inner}, option_value: "
            f'"{path}:options/x"}}\n',
            encoding="utf-8",
        )
    with pytest.raises(ConfigError, match="expected lists and mappings nested at most 100 deep"):
        load_plan(tmp_path / "level0.yaml", registry=nodes)


def test_options_that_are_no_mapping_are_told_once(nodes: Registry) -> None:
    node = 'calculator: DetectCalculator, options: [1], option_value: "name:options/name"'
    with pytest.raises(ConfigError) as raised:
        plan_from_text(f"graph_options: {{name: a}}\nnode: {{{node}}}\n", registry=nodes)
    faults = [fault.fault for fault in raised.value.diagnostics if "lacks" not in fault.fault]
    assert faults == ['key "options"']


def test_one_large_option_can_not_be_forwarded_for_ever(nodes: Registry) -> None:
    entries = ", ".join(['"name:options/score"'] * 100)
    with pytest.raises(ConfigError, match="with its options forwarded, is too long"):
        detector(nodes, f"[{entries}]", score="x" * 90_000)
