"""The report: what its content says, and that the page works in a browser, offline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from graphflow.cli import cli
from graphflow.graph import INLINE
from graphflow.report import report_page
from graphflow.report.content import LENGTHS_MAX, _thinned, content_of
from graphflow.trace import Profile, Timeline, Tracer
from tests.graphflow.engine_kit import chain, packets, pose_loop
from tests.graphflow.pages import shown

GRAPH = """\
type: Count
node:
  - calculator: CountingSourceCalculator
    name: source
    output_stream: ["numbers"]
    input_side_packet: ["MAX_COUNT:max_count"]
  - calculator: PassThroughCalculator
    name: pass
    input_stream: ["numbers"]
    output_stream: ["same"]
  - calculator: PassThroughCalculator
    name: end
    input_stream: ["same"]
    output_stream: ["last"]
input_side_packet: {name: max_count, type: int, default: 30}
"""


def told(count: int = 5, kept_max: int = 1000) -> tuple[dict[str, Any], Timeline]:
    timeline, profile, graph = Timeline(kept_max), Profile(), pose_loop()
    graph.start(threads=INLINE, trace=Tracer(timeline, profile))
    for packet in packets(range(count)):
        graph.add_packet("frame", packet)
    graph.close_inputs()
    graph.wait_until_done()
    return content_of(timeline, profile.nodes, graph.ledger(), {"a": "b"}), timeline


def test_every_call_is_in_the_content_and_every_frame_has_a_way() -> None:
    content, timeline = told()
    assert len(content["calls"]) == len(timeline.calls)
    assert [time for time, _ in content["passports"]] == [0, 1, 2, 3, 4]
    for time, legs in content["passports"]:
        calls = [content["calls"][leg[0]] for leg in legs]
        assert calls[-1][3] == str(time)
        start_us = calls[0][4] - legs[0][1] - legs[0][2]
        assert calls[-1][4] + calls[-1][5] - start_us == pytest.approx(
            sum(sum(leg[1:4]) for leg in legs), abs=5.0
        )


def test_a_bounded_number_of_calls_is_kept_and_the_rest_counted() -> None:
    whole, _ = told()
    content, _ = told(kept_max=10)
    assert len(content["calls"]) == 10
    assert content["left_out"] == len(whole["calls"]) - 10
    assert sum(row[1] for row in content["profile"]) == sum(row[1] for row in whole["profile"])


def test_curves_of_queues_are_thinned_to_their_peaks() -> None:
    curve = [(float(at), 9 if at == 777 else at % 2) for at in range(5 * LENGTHS_MAX)]
    thinned = _thinned(curve)
    assert len(thinned) == LENGTHS_MAX
    assert (777.0, 9) in thinned


def test_only_queues_that_ever_held_several_packets_are_shown() -> None:
    timeline, graph = Timeline(), chain(2)
    graph.start(threads=INLINE, trace=Tracer(timeline))
    graph.pause()
    for packet in packets(range(4)):
        graph.add_packet("in", packet)
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    (queue,) = content_of(timeline, [], None, {})["queues"]
    assert (queue["node"], queue["port"], queue["stream"], queue["longest"]) == (0, ":0", "in", 4)


# ---- the page -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "count.yaml").write_text(GRAPH, encoding="utf-8")
    arguments = ["run", str(folder / "count.yaml"), "--report", str(folder / "report.html")]
    result = click.testing.CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return folder / "report.html"


@pytest.fixture
def page(browser: Any, page_file: Path) -> Iterator[Any]:
    """The page, without a network; nothing may go wrong in it."""
    with shown(browser, page_file, width=1300) as opened:
        yield opened


def test_the_page_needs_nothing_from_elsewhere(page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []


def test_no_text_of_a_run_can_end_the_script() -> None:
    timeline = Timeline()
    content = json.dumps(content_of(timeline, [], None, {"error": "</script><b>"}))
    assert "</script>" in content  # so the page has to see to it
    plan = chain(1).plan
    page = report_page(plan, timeline, [], None, {"error": "</script><b>"})
    assert "</script><b>" not in page


def test_the_way_of_a_frame_can_be_chosen(page: Any) -> None:
    assert page.locator("#passport select option").count() == 30
    page.locator("#passport select").select_option("3")
    names = page.locator(".leg .name").all_inner_texts()
    assert names[0] == "source"
    assert names[-1] in ("end", "pass", "observer of numbers")
    before = page.locator("#passport output").inner_text()
    page.locator("#later").click()
    assert page.locator("#passport select").input_value() == "4"
    page.locator("#earlier").click()
    assert page.locator("#passport output").inner_text() == before
    page.locator("#slowest").click()


def test_a_call_in_the_timeline_says_what_it_is(page: Any) -> None:
    canvas = page.locator("#timeline canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for share in range(0, 100, 2):
        for row in (0.15, 0.35, 0.6, 0.8):
            x = box["x"] + 120 + (box["width"] - 121) * share / 100
            y = box["y"] + box["height"] * row
            page.mouse.move(x, y)
            if "busy" in page.locator("#timeline .hint").inner_text():
                page.mouse.click(x, y)
                return
    pytest.fail("there is no call in the timeline")


def test_the_timeline_zooms_and_moves(page: Any) -> None:
    canvas = page.locator("#timeline canvas")
    canvas.scroll_into_view_if_needed()
    seen = [canvas.screenshot()]
    canvas.focus()
    for key in ("+", "ArrowRight", "-"):
        page.keyboard.press(key)
        seen.append(canvas.screenshot())
    assert len(set(seen)) > 2


def test_tables_can_be_sorted(page: Any) -> None:
    cells = page.locator("#profile td:first-child")
    page.locator("#profile th", has_text="node").click()
    assert cells.all_inner_texts() == sorted(cells.all_inner_texts(), reverse=True)
    assert "Nothing was lost." in page.locator("#losses").inner_text()


def test_the_drawing_is_coloured_by_time(page: Any, page_file: Path) -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    assert "color-mix" in page_file.read_text(encoding="utf-8")
    page.locator(".drawing [data-name=pass]").click()
    assert "PassThroughCalculator" in page.locator(".drawing .panel").inner_text()
