from __future__ import annotations

from graphflow.commands.summary import Summary
from graphflow.graph import NodeTime


def test_summary_shows_what_came_of_a_run_and_where_its_time_went() -> None:
    nodes = (NodeTime("a<b", 10, 0.3), NodeTime("c", 5, 0.1))
    html = Summary("done", "graph.yaml", 10, 9, 2.0, nodes)._repr_html_()
    assert "graph.yaml: <b>done</b>, 10 frames, 9 with a pose, 5.0 frames a second, 2.00 s" in html
    assert "<td>a&lt;b</td><td>0.300</td><td>10</td>" in html
    assert "75%" in html


def test_summary_of_many_nodes_counts_the_rest() -> None:
    nodes = tuple(NodeTime(f"n{at}", 1, 0.1) for at in range(20))
    assert "and 8 nodes that took less" in Summary("done", "g", 1, None, 1.0, nodes)._repr_html_()


def test_failed_run_shows_its_error() -> None:
    html = Summary("failed", "g", 0, None, 0.0, error="a < b")._repr_html_()
    assert "<pre>a &lt; b</pre>" in html
