from __future__ import annotations

from itertools import combinations

import pytest

from graphflow.drawing.layout import Layout, Rect, lay_out
from graphflow.drawing.nesting import lay_out_opened
from graphflow.drawing.picture import End, Picture
from graphflow.drawing.sizes import shape_of
from graphflow.drawing.view import look_at, subgraphs_to_depth
from graphflow.loading import load_plan
from graphflow.plan import Plan

pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")


@pytest.fixture(scope="module", params=[0, 1, 9])
def pose(request: pytest.FixtureRequest) -> Layout:
    plan = load_plan("pose_tracking")
    return lay_out_opened(plan, subgraphs_to_depth(plan, request.param))


def overlap(a: Rect, b: Rect) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


def contains(outer: Rect, inner: Rect) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def test_boxes_do_not_overlap(pose: Layout) -> None:
    assert not [1 for a, b in combinations(pose.boxes.values(), 2) if overlap(a, b)]


def test_everything_lies_on_the_page(pose: Layout) -> None:
    page = Rect(0, 0, pose.width_px, pose.height_px)
    assert all(contains(page, rect) for rect in (*pose.boxes.values(), *pose.frames.values()))


def test_frames_lie_around_their_boxes_and_around_no_others(pose: Layout) -> None:
    parents = {frame.name: frame.parent for frame in pose.picture.frames}
    for box in pose.picture.boxes:
        around = [box.frame]
        while around[-1]:
            around.append(parents[around[-1]])
        for name, rect in pose.frames.items():
            assert contains(rect, pose.boxes[box.key]) == (name in around), (box.key, name)


def port_of(layout: Layout, picture: Picture, end: End, *, is_source: bool) -> tuple[float, float]:
    (box,) = [each for each in picture.boxes if each.key == end.box]
    rect = layout.boxes[box.key]
    middles = shape_of(box).outputs if is_source else shape_of(box).inputs
    assert end.port is not None
    return rect.x + middles[end.port], rect.y + (rect.height if is_source else 0)


def test_lines_begin_and_end_at_their_ports(pose: Layout) -> None:
    for line, path in zip(pose.picture.lines, pose.paths, strict=True):
        for end, point, is_source in ((line.source, path[0], True), (line.target, path[-1], False)):
            if end.port is not None:
                port = port_of(pose, pose.picture, end, is_source=is_source)
                assert point == pytest.approx(port, abs=0.1), line


def test_streams_run_downwards_and_back_edges_upwards(pose: Layout) -> None:
    for line, path in zip(pose.picture.lines, pose.paths, strict=True):
        assert (path[0][1] > path[-1][1]) == line.is_back, line


def test_paths_are_cubic_curves(pose: Layout) -> None:
    assert all(len(path) % 3 == 1 for path in pose.paths)


def test_a_line_that_goes_back_is_drawn_from_writer_to_reader(outer: Plan) -> None:
    layout = lay_out(look_at(outer))
    (back,) = [
        path for line, path in zip(layout.picture.lines, layout.paths, strict=True) if line.is_back
    ]
    assert back[-1][1] == pytest.approx(layout.boxes["node:inner"].y, abs=1)


def test_an_empty_graph_has_a_layout() -> None:
    layout = lay_out(Picture("empty", (), ()))
    assert layout.boxes == {}


def test_lines_cross_a_frame_only_where_the_subgraph_has_ports(outer: Plan) -> None:
    layout = lay_out_opened(outer, ["inner"])
    ends = ["inner/input:0", "inner/input:1", "inner/input:2", "inner/output:0"]
    frames = {box.key: box.frame for box in layout.picture.boxes}
    crossing = [
        line for line in layout.picture.lines if frames[line.source.box] != frames[line.target.box]
    ]
    assert len(crossing) == 4
    assert all(line.target.box in ends or line.source.box in ends for line in crossing)


def test_a_subgraph_inside_of_a_closed_one_stays_closed() -> None:
    plan = load_plan("pose_tracking")
    inner = plan.subgraphs[1].name
    assert lay_out_opened(plan, [inner]).frames == {}


def test_ports_stand_in_order_on_their_edge(outer: Plan) -> None:
    for box in look_at(outer).boxes:
        shape = shape_of(box)
        for middles in (shape.inputs, shape.outputs):
            assert list(middles) == sorted(set(middles))
            assert all(0 < middle < shape.width for middle in middles)
