from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.drawing.picture import BoxKind, Line, Picture
from graphflow.drawing.view import look_at, port_labels, short_name, subgraphs_to_depth
from graphflow.loading import load_plan, plan_from_text
from graphflow.plan import Plan
from tests.graphflow.drawing.two_graphs import INNER, OUTER


def lines_of(picture: Picture) -> list[tuple[str, str]]:
    titles = {box.key: box.title for box in picture.boxes}
    return [(titles[line.source.box], titles[line.target.box]) for line in picture.lines]


def line_into(picture: Picture, title: str, port: str) -> Line:
    boxes = {box.key: box for box in picture.boxes}
    (found,) = [
        line
        for line in picture.lines
        if boxes[line.target.box].title == title
        and line.target.port is not None
        and boxes[line.target.box].inputs[line.target.port].label == port
    ]
    return found


def test_closed_subgraph_is_one_box_with_the_ports_that_are_connected(outer: Plan) -> None:
    picture = look_at(outer)
    (inner,) = [box for box in picture.boxes if box.kind is BoxKind.SUBGRAPH]
    assert (inner.title, inner.subtitle) == ("inner", "Inner")
    assert [spot.label for spot in inner.inputs] == ["IN", "LOOP", "ALLOW"]
    assert [spot.is_side for spot in inner.inputs] == [False, False, True]
    assert [spot.label for spot in inner.outputs] == ["OUT"]
    assert picture.frames == ()


def test_a_stream_is_named_once_between_its_writer_and_its_readers(outer: Plan) -> None:
    assert lines_of(look_at(outer, has_side_packets=False)) == [
        ("a", "inner"),
        ("copy", "b"),
        ("b", "inner"),
        ("inner", "c"),
        ("c", "copy"),
    ]


def test_ends_of_the_graph_are_marked(outer: Plan) -> None:
    boxes = {box.title: box for box in look_at(outer).boxes}
    assert boxes["a"].is_input
    assert not boxes["a"].is_output
    assert boxes["b"].is_output
    assert boxes["allowed"].kind is BoxKind.SIDE_PACKET
    assert boxes["allowed"].is_input


def test_a_loop_into_a_closed_subgraph_is_a_back_edge_if_only_back_edges_read_it(
    outer: Plan,
) -> None:
    picture = look_at(outer)
    assert line_into(picture, "inner", "LOOP").is_back
    assert not line_into(picture, "inner", "IN").is_back


def test_a_stream_that_a_closed_subgraph_also_reads_forwards_is_no_back_edge(
    tmp_path: Path,
) -> None:
    """The loop is closed by what is read ahead of time alone; here the stream is awaited too."""
    forwards = INNER.replace('["number", "before"]', '["number", "previous"]')
    (tmp_path / "inner.yaml").write_text(forwards, encoding="utf-8")
    text = OUTER.replace('"LOOP:b"', '"LOOP:a"')
    picture = look_at(plan_from_text(text, file="outer.yaml", search=[tmp_path]))
    assert not line_into(picture, "inner", "LOOP").is_back


def test_open_subgraph_is_a_frame_around_its_nodes(outer: Plan) -> None:
    picture = look_at(outer, opened=["inner"])
    assert [(frame.name, frame.title) for frame in picture.frames] == [("inner", "inner")]
    frames = {box.title: box.frame for box in picture.boxes}
    assert frames["gate"] == frames["previous"] == frames["before"] == "inner"
    assert frames["copy"] == frames["c"] == ""
    assert line_into(picture, "previous", "LOOP").is_back


def test_a_stream_that_nobody_reads_is_left_out(outer: Plan) -> None:
    titles = [box.title for box in look_at(outer, opened=["inner"]).boxes]
    assert "unread" not in titles


def test_the_inside_of_a_subgraph_is_drawn_between_its_ends(outer: Plan) -> None:
    picture = look_at(outer, inside="inner")
    ends = [(box.kind.name, box.title) for box in picture.boxes if box.key.startswith(("in", "ou"))]
    assert ends == [("INPUT", "IN"), ("INPUT", "LOOP"), ("INPUT", "ALLOW"), ("OUTPUT", "OUT")]
    assert ("gate", "OUT") in lines_of(picture)
    assert picture.title == "Inner"


def test_side_packets_can_be_left_out(outer: Plan) -> None:
    picture = look_at(outer, has_side_packets=False)
    assert not [box for box in picture.boxes if box.kind is BoxKind.SIDE_PACKET]
    assert not [line for line in picture.lines if line.is_side]


@pytest.mark.parametrize("depth", [0, 1, 2, 9])
def test_every_line_of_the_pose_graph_ends_at_a_box_and_a_port(depth: int) -> None:
    plan = load_plan("pose_tracking")
    picture = look_at(plan, opened=subgraphs_to_depth(plan, depth))
    boxes = {box.key: box for box in picture.boxes}
    for line in picture.lines:
        source, target = boxes[line.source.box], boxes[line.target.box]
        assert source.has_ports == (line.source.port is not None)
        assert target.has_ports == (line.target.port is not None)
        if line.target.port is not None:
            assert target.inputs[line.target.port].is_side == line.is_side
    assert {box.frame for box in picture.boxes} <= {"", *(each.name for each in picture.frames)}


def test_wholly_open_pose_graph_shows_every_node_and_both_loops() -> None:
    plan = load_plan("pose_tracking")
    picture = look_at(plan, opened=subgraphs_to_depth(plan, 9))
    shown = {box.name for box in picture.boxes if box.kind is BoxKind.NODE}
    assert shown == {node.name for node in plan.nodes}
    assert len(picture.frames) == len(plan.subgraphs) == 10
    assert sum(line.is_back for line in picture.lines) == 2


def test_a_subgraph_inside_of_a_closed_one_stays_unseen() -> None:
    plan = load_plan("pose_tracking")
    inner = plan.subgraphs[1]
    assert inner.subgraph == "PoseLandmarkCpu"
    assert look_at(plan, opened=[inner.name]) == look_at(plan)


def test_short_names_lose_the_names_of_subgraphs(outer: Plan) -> None:
    assert short_name(outer, "inner__before") == "before"
    assert short_name(outer, "other__before") == "other__before"


def test_the_only_port_without_a_tag_has_no_label() -> None:
    assert port_labels([("A", 0), ("", 0)]) == ["A", ""]
    assert port_labels([("", 0), ("", 1), ("A", 2)]) == [":0", ":1", "A:2"]
