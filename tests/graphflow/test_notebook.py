from __future__ import annotations

import sys

import pytest

from graphflow.graph import Graph
from graphflow.plan import Plan

TEXT = """\
type: Two
input_stream: ["a"]
node:
  - {calculator: PassThroughCalculator, input_stream: "a", output_stream: "b"}
"""


def test_graph_shows_its_drawing() -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    bundle = Graph.from_text(TEXT)._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == "Graph Two: 1 node, 2 streams"
    assert "PassThroughCalculator" in bundle["image/svg+xml"]


def test_plan_shows_its_drawing() -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    plan: Plan = Graph.from_text(TEXT).plan
    assert plan._repr_mimebundle_()["image/svg+xml"].startswith("<svg")


def test_graph_says_what_is_missing_where_nothing_can_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    bundle = Graph.from_text(TEXT)._repr_mimebundle_()
    assert bundle["text/html"] == (
        "<p>Graph Two: 1 node, 2 streams (drawing needs the package pygraphviz)</p>"
    )


def test_rules_of_a_drawing_reach_nothing_else_on_the_page() -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    svg = Graph.from_text(TEXT)._repr_mimebundle_()["image/svg+xml"]
    style = svg.partition("<style>")[2].partition("</style>")[0]
    rules = [line for line in style.splitlines() if "{" in line]
    assert rules
    assert [
        rule
        for rule in rules
        if ".graphflow-drawing " not in rule.partition("{")[0] and "@" not in rule
    ] == []
