from __future__ import annotations

import pytest

from graphflow.drawing.dot import to_dot
from graphflow.drawing.mermaid import to_mermaid
from graphflow.drawing.picture import Box, BoxKind, Picture
from graphflow.drawing.view import look_at, subgraphs_to_depth
from graphflow.loading import load_plan
from graphflow.plan import Plan


def test_mermaid_of_a_closed_subgraph(outer: Plan) -> None:
    assert (
        to_mermaid(look_at(outer))
        == """\
flowchart TB
  n0[["inner<br/>Inner"]]
  n1["copy<br/>PassThroughCalculator"]
  n2(["a"])
  n3(["b"])
  n4(["allowed"])
  n2 -->|"IN"| n0
  n1 --> n3
  n0 -.-|"↑ LOOP"| n3
  n0 -->|"c"| n1
  n4 -.->|"ALLOW"| n0
  classDef subgraph_ stroke:#4b5fa8,stroke-width:2px
  classDef input stroke:#3d8b57
  classDef output stroke:#2f6fb5,stroke-width:2px
  classDef side stroke:#c9a24d,stroke-dasharray:2 2
  class n0 subgraph_
  class n2 input
  class n3 output
  class n4 side
  linkStyle 2 stroke:#c8402f,stroke-dasharray:6 3
"""
    )


def test_mermaid_of_an_open_subgraph(outer: Plan) -> None:
    text = to_mermaid(look_at(outer, opened=["inner"]))
    inside = text.partition('subgraph f0 ["inner"]\n')[2].partition("  end\n")[0]
    assert '["previous<br/>PreviousLoopbackCalculator"]' in inside
    assert '["gate<br/>GateCalculator"]' in inside
    assert '|":1:before"|' in text


def test_mermaid_quotes_what_it_would_read() -> None:
    box = Box("k", BoxKind.NODE, "n", 'a "b" <c> & d')
    text = to_mermaid(Picture("", (box,), ()))
    assert 'n0["a #quot;b#quot; #lt;c#gt; #amp; d"]' in text


def test_dot_of_the_whole_pose_graph_is_read_by_graphviz() -> None:
    pygraphviz = pytest.importorskip("pygraphviz", reason="reading DOT needs the extra draw")
    plan = load_plan("pose_tracking")
    picture = look_at(plan, opened=subgraphs_to_depth(plan, 9))
    graph = pygraphviz.AGraph(string=to_dot(picture))
    assert len(graph.subgraphs()) == len([each for each in picture.frames if not each.parent])
    assert len(graph.nodes()) >= len(plan.nodes)


def test_dot_draws_kinds_of_lines_apart(outer: Plan) -> None:
    text = to_dot(look_at(outer))
    assert 'n3 -> n0:i1 [style=dashed, color="#c8402f", constraint=false];' in text
    assert 'n4 -> n0:i2 [style=dotted, color="#9a7420"];' in text
    assert 'n0:o0 -> n1:i0 [label="c"];' in text
    assert "cluster" not in text


def test_dot_quotes_titles() -> None:
    text = to_dot(Picture('a "b" \\', (), ()))
    assert text.startswith('digraph "a \\"b\\" \\\\" {')
