from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow.loading import Override, plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.words.errors import ConfigError

GRAPH = """
input_stream: image
node:
  - calculator: DetectCalculator
    name: detect
    input_stream: "IMAGE:image"
    output_stream: "DETECTIONS:found"
    options: {min_score: 0.1, crop: {width: 3, keep: false}}
  - calculator: Inner
    name: one
    input_stream: image
  - calculator: Inner
    name: two
    input_stream: image
"""


@pytest.fixture(autouse=True)
def inner_graph(bundled_graphs: Path) -> None:
    text = """
    input_stream: a
    node:
      - {calculator: DetectCalculator, name: find, input_stream: "IMAGE:a",
         output_stream: "DETECTIONS:b"}
    """
    (bundled_graphs / "inner.yaml").write_text(text, encoding="utf-8")


def options(nodes: Registry, name: str, *overrides: Override) -> Any:
    plan = plan_from_text(GRAPH, overrides=overrides, registry=nodes)
    return next(node.options for node in plan.nodes if node.name == name)


def message(nodes: Registry, *overrides: Override) -> str:
    with pytest.raises(ConfigError) as raised:
        plan_from_text(GRAPH, overrides=overrides, registry=nodes)
    return str(raised.value)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("min_score", "0.75", 0.75),
        ("min_score", 1, 1.0),
        ("method", "EXACT", "EXACT"),
        ("strides", "4,8", (4, 8)),
        ("strides", "[4, 8]", (4, 8)),
        ("strides", [1], (1,)),
        ("model_path", "a: b.tflite", "a: b.tflite"),
        ("model_path", None, None),
        ("model_path", "null", None),
        ("name", "no", "no"),
        ("name", "", ""),
    ],
)
def test_text_is_decoded_by_the_options_type(
    nodes: Registry, option: str, value: Any, expected: Any
) -> None:
    found = options(nodes, "detect", Override(f"detect.{option}", value))
    assert getattr(found, option) == expected


def test_other_options_keep_what_the_graph_says(nodes: Registry) -> None:
    found = options(nodes, "detect", Override("detect.max_results", 7))
    assert (found.min_score, found.max_results) == (0.1, 7)


def test_nested_option_is_set_alone(nodes: Registry) -> None:
    found = options(nodes, "detect", Override("detect.crop.width", "9"))
    assert (found.crop.width, found.crop.keep) == (9, False)


def test_nested_option_may_be_set_where_the_graph_has_none(nodes: Registry) -> None:
    assert options(nodes, "one__find", Override("one__find.crop.width", 9)).crop.width == 9


def test_last_of_two_overrides_wins(nodes: Registry) -> None:
    overrides = Override("detect.max_results", 7), Override("detect.max_results", 8)
    assert options(nodes, "detect", *overrides).max_results == 8


def test_node_may_be_named_by_the_end_of_its_name(nodes: Registry) -> None:
    graph = "{input_stream: a, node: {calculator: Inner, name: outer, input_stream: a}}"
    overrides = [Override("find.max_results", "2")]
    plan = plan_from_text(graph, overrides=overrides, registry=nodes)
    assert plan.nodes[0].name == "outer__find"
    assert plan.nodes[0].options.max_results == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("override", "text"),
    [
        (
            Override("detcet.min_score", 1),
            '--set detcet.min_score=1: the graph has no node "detcet"\n'
            '  hint: did you mean "detect"?\n1 fault',
        ),
        (
            Override("find.min_score", 1),
            '--set find.min_score=1: several nodes have names that end in "find"\n'
            '  found "one__find" and "two__find"\n'
            "  hint: name the node in full\n1 fault",
        ),
        (
            Override("detect", 1, origin="settings"),
            "settings: what is to be set?\n  expected node.option, and a value\n1 fault",
        ),
        (
            Override("detect.crop..width", 1),
            "--set detect.crop..width=1: what is to be set?\n"
            "  expected node.option, and a value\n1 fault",
        ),
        (
            Override("detect.max_result", "1"),
            '--set detect.max_result=1: DetectCalculator has no option "max_result"\n'
            '  hint: did you mean "max_results"? It also takes "model_path", "overlap", '
            '"method", "strides", "size", "weights", ...\n1 fault',
        ),
        (
            Override("detect.max_results", "many"),
            '--set detect.max_results=many: option "max_results" of node "detect"\n'
            '  found text "many"; expected an integer of at least 1\n1 fault',
        ),
        (
            Override("detect.max_results", 1.5),
            '--set detect.max_results=1.5: option "max_results" of node "detect"\n'
            "  found 1.5; expected an integer of at least 1\n1 fault",
        ),
    ],
)
def test_what_can_not_be_set_is_told(nodes: Registry, override: Override, text: str) -> None:
    assert message(nodes, override) == text


def test_unknown_node_is_not_told_where_the_graph_has_faults(nodes: Registry) -> None:
    graph = GRAPH.replace("calculator: Inner", "calculator: Unheard")
    with pytest.raises(ConfigError) as raised:
        plan_from_text(graph, overrides=[Override("find.x", 1)], registry=nodes)
    assert "no node" not in str(raised.value)
