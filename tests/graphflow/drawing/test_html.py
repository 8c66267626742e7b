"""The page: what it contains, and what happens in a real browser when somebody clicks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphflow.drawing.about import about_everything
from graphflow.drawing.html import page_element, sampled, to_html
from graphflow.drawing.picture import Box
from graphflow.drawing.svg import Annotation
from graphflow.loading import load_plan
from graphflow.plan import Plan
from tests.graphflow.pages import shown

SUBGRAPHS = 10


@pytest.fixture(scope="module")
def pose_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")

    def annotate(box: Box) -> Annotation | None:
        return Annotation("#ffcc00", "7 ms") if box.name == "source" else None

    path = tmp_path_factory.mktemp("page") / "pose.html"
    path.write_text(to_html(load_plan("pose_tracking"), annotate=annotate), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Any, pose_page: Path) -> Iterator[Any]:
    """The pose graph's page, without a network; nothing may go wrong in it."""
    with shown(browser, pose_page, width=1400) as opened:
        yield opened


def content_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_page_needs_nothing_from_elsewhere(pose_page: Path) -> None:
    html = pose_page.read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert re.findall(r'(?:src|href)="(?!data:)', html) == []
    assert set(re.findall(r"https?://[\w./]+", html)) == {"http://www.w3.org/2000/svg"}


def test_page_tells_no_folders_of_the_machine_that_made_it(pose_page: Path) -> None:
    html = pose_page.read_text(encoding="utf-8")
    assert str(Path(load_plan("pose_tracking").file).resolve().parent) not in html


def test_page_holds_the_inside_of_every_subgraph(pose_page: Path) -> None:
    levels = content_of(pose_page.read_text(encoding="utf-8"))["levels"]
    assert len(levels) == 1 + SUBGRAPHS
    assert all(level["boxes"] for level in levels.values())


def test_nothing_in_a_graph_can_end_the_script(outer: Plan) -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")

    def annotate(box: Box) -> Annotation:
        return Annotation(text="</script><script>alert(1)</script>")

    assert page_element(outer, annotate=annotate).count("</script>") == 2


def test_contract_and_options_are_told_of_every_node() -> None:
    about = about_everything(load_plan("pose_tracking"))["poselandmarkcpu__choose_roi"]
    assert about["type"] == "MergeCalculator"
    assert about["inside"] == "PoseLandmarkCpu"
    assert about["location"].startswith("pose_landmark_cpu.yaml:")
    sections = dict(about["sections"])
    assert [row[:2] for row in sections["Inputs"]] == [
        (":0", "pose_rect_from_detection"),
        (":1", "gated_prev_pose_rect_from_landmarks"),
    ]
    assert "input policy" in [row[0] for row in sections["Runs"]]


def test_options_tell_value_description_and_default() -> None:
    about = about_everything(load_plan("pose_tracking"))
    (refine,) = [each for name, each in about.items() if name.endswith("__refine_landmarks")]
    options = {row[0]: row for row in dict(refine["sections"])["Options"]}
    assert options["kernel_size"][1] == "7"
    assert "default" not in options["kernel_size"][2]
    assert options["refine_presence"][2].endswith("default")


def test_stream_tells_writer_and_readers(outer: Plan) -> None:
    sections = dict(about_everything(outer)["b"]["sections"])
    assert sections["Written by"] == [("copy", "", "")]
    assert sections["Read by"] == [("previous", "LOOP", "back edge")]


def test_curves_are_sampled_from_end_to_end() -> None:
    points = sampled(((0.0, 0.0), (0.0, 30.0), (0.0, 60.0), (0.0, 90.0)))
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (0.0, 90.0)
    assert [y for _, y in points] == sorted({y for _, y in points})


# ---- in a browser -------------------------------------------------------------------------------


def boxes_of(page: Any, kinds: str) -> list[dict[str, float]]:
    boxes: list[dict[str, float]] = page.eval_on_selector_all(
        kinds,
        "(all) => all.map((each) => { const r = each.getBoundingClientRect();"
        "return {x0: r.left, y0: r.top, x1: r.right, y1: r.bottom}; })",
    )
    return boxes


def overlaps(boxes: list[dict[str, float]]) -> int:
    return sum(
        a["x0"] < b["x1"] and b["x0"] < a["x1"] and a["y0"] < b["y1"] and b["y0"] < a["y1"]
        for at, a in enumerate(boxes)
        for b in boxes[at + 1 :]
    )


BODIES = ".graphflow .node > rect.body, .graphflow .subgraph > rect.body, .graphflow .name > rect"


def test_graph_is_closed_at_first_and_wholly_in_sight(page: Any) -> None:
    assert page.locator(".subgraph").count() == 2
    assert page.locator(".frame").count() == 0
    for box in boxes_of(page, BODIES):
        assert box["x0"] >= 0
        assert box["y0"] >= 0
        assert box["x1"] <= 1400
        assert box["y1"] <= 900


def test_a_click_opens_a_subgraph_and_another_closes_it(page: Any) -> None:
    page.click('.subgraph[data-name="PoseLandmarkCpu"] .fold')
    assert page.locator('.frame[data-name="PoseLandmarkCpu"]').count() == 1
    assert page.locator('.node[data-name="poselandmarkcpu__choose_roi"]').count() == 1
    assert page.locator("path.line.back").count() == 1
    page.click('.frame[data-name="PoseLandmarkCpu"] .fold')
    assert page.locator(".frame").count() == 0


def test_a_double_click_opens_a_subgraph(page: Any) -> None:
    page.dblclick('.subgraph[data-name="PoseRenderer"] .title')
    assert page.locator('.frame[data-name="PoseRenderer"]').count() == 1


def test_nothing_overlaps_however_many_subgraphs_are_open(page: Any) -> None:
    assert overlaps(boxes_of(page, BODIES)) == 0
    page.click("text=Open all")
    assert page.locator(".frame").count() == SUBGRAPHS
    assert page.locator("path.line.back").count() == 2
    assert overlaps(boxes_of(page, BODIES)) == 0
    page.click("text=Close all")
    assert page.locator(".frame").count() == 0


def test_open_frames_lie_around_what_is_in_them(page: Any) -> None:
    page.click("text=Open all")
    (frame,) = boxes_of(page, '.frame[data-name="PoseLandmarkCpu"] > rect')
    for box in boxes_of(page, '.node[data-name^="poselandmarkcpu__"] > rect.body'):
        assert frame["x0"] < box["x0"]
        assert frame["y0"] < box["y0"]
        assert box["x1"] < frame["x1"]
        assert box["y1"] < frame["y1"]


def test_every_line_is_a_path(page: Any) -> None:
    page.click("text=Open all")
    paths = page.eval_on_selector_all("path.line", "(all) => all.map((e) => e.getAttribute('d'))")
    assert len(paths) > 150
    assert [path for path in paths if "NaN" in path or "undefined" in path] == []


def test_a_click_on_a_node_tells_its_contract_and_options(page: Any) -> None:
    page.click('.node[data-name="landmarks_sink"] .title')
    panel = page.inner_text(".panel")
    assert panel.splitlines()[1:3] == ["landmarks_sink", "LandmarksSinkCalculator"]
    assert "NORM_LANDMARKS\tpose_landmarks" in panel
    assert "input policy" in panel
    page.click(".panel .shut")
    assert not page.is_visible(".panel")


def test_a_click_on_a_stream_lights_its_lines(page: Any) -> None:
    page.click('.name[data-stream="pose_landmarks"] text')
    assert page.locator("g.lit").count() == 3
    assert "READ BY" in page.inner_text(".panel")


def test_search_finds_a_node_deep_inside_and_shows_it(page: Any) -> None:
    page.fill("input[type=search]", "refine")
    assert page.inner_text(".found").startswith("refine_landmarks")
    page.press("input[type=search]", "Enter")
    (node,) = boxes_of(page, ".node.chosen > rect.body")
    assert node["x0"] > 0
    assert node["x1"] < 1400
    assert page.locator(".frame").count() == 3
    assert page.inner_text(".panel h2") == "refine_landmarks"


def test_search_that_finds_nothing_says_so(page: Any) -> None:
    page.fill("input[type=search]", "no such thing")
    assert page.inner_text(".found") == "nothing found"
    page.press("input[type=search]", "Escape")
    assert not page.is_visible(".found")


def test_the_wheel_zooms_and_dragging_moves(page: Any) -> None:
    (before,) = boxes_of(page, '.node[data-name="source"] > rect.body')
    page.mouse.move(700, 800)
    page.mouse.wheel(0, -300)
    (near,) = boxes_of(page, '.node[data-name="source"] > rect.body')
    assert near["x1"] - near["x0"] > 1.3 * (before["x1"] - before["x0"])
    page.mouse.down()
    page.mouse.move(760, 840, steps=4)
    page.mouse.up()
    (moved,) = boxes_of(page, '.node[data-name="source"] > rect.body')
    assert (moved["x0"] - near["x0"], moved["y0"] - near["y0"]) == pytest.approx((60, 40), abs=1)


def test_side_packets_can_be_hidden(page: Any) -> None:
    assert page.is_visible('.name[data-stream="input_path"]')
    page.uncheck("input[type=checkbox]")
    assert not page.is_visible('.name[data-stream="input_path"]')


def test_a_report_colours_nodes_and_writes_at_them(page: Any) -> None:
    fill = page.eval_on_selector('.node[data-name="source"] > rect', "(e) => e.style.fill")
    assert fill == "rgb(255, 204, 0)"
    assert page.text_content('.node[data-name="source"] .note') == "7 ms"
