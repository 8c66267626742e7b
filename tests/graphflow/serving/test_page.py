"""The page in a real browser: pictures arrive, figures move, and nothing goes wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graphflow.graph import Graph
from graphflow.serving import Server
from tests.graphflow.pages import opened
from tests.graphflow.serving.served import Served, landmarks, picture, served


def wait_for_pictures(page: Any, number: int) -> None:
    page.locator(f"#picture canvas[data-count='{number}']").wait_for()


def wait_for_text(page: Any, selector: str, text: object) -> None:
    page.locator(f"{selector}:text-is('{text}')").wait_for()


def count(page: Any) -> int:
    return int(page.evaluate("document.querySelector('#picture canvas').dataset.count ?? 0"))


def pixel(page: Any) -> list[int]:
    """Return the colour in the middle of the picture."""
    return list(
        page.evaluate(
            """() => {
              const canvas = document.querySelector("#picture canvas");
              const place = [canvas.width >> 1, canvas.height >> 1, 1, 1];
              return [...canvas.getContext("2d").getImageData(...place).data].slice(0, 3);
            }"""
        )
    )


@pytest.fixture
def running() -> Iterator[Served]:
    with served() as found:
        yield found


def test_pictures_arrive_and_change(browser: Any, running: Served) -> None:
    with opened(browser, running.server.url) as page:
        assert "No picture yet" in page.locator("#picture").inner_text()
        seen = []
        for number in range(1, 5):
            running.feed_pose()
            wait_for_pictures(page, number)
            seen.append(pixel(page)[0])
            assert abs(seen[-1] - int(picture(number - 1)[0, 0, 0])) < 8
        assert len(set(seen)) == 4
        assert page.locator("#picture .note").is_hidden()


def test_figures_move(browser: Any, running: Served) -> None:
    with opened(browser, running.server.url) as page:
        page.locator("#state[data-state=running]").wait_for()
        for number in (1, 2, 3):
            running.feed(image=picture(number), landmarks=landmarks(1), age=40_000 + number)
            wait_for_text(page, "#results", number)
        assert page.locator("#age").inner_text() == "40 ms"
        assert float(page.locator("#rate").inner_text()) > 0
        row = page.locator("#nodes tbody tr").first
        assert row.locator("td").first.inner_text() == "give"
        assert row.locator("td").nth(4).inner_text() == "3"


def test_the_graph_is_coloured_by_load(browser: Any, running: Served) -> None:
    pytest.importorskip("pygraphviz", reason="drawing needs the extra draw")
    with opened(browser, running.server.url) as page:
        running.feed_pose()
        box = page.locator(".graphflow .node[data-name=give]")
        page.locator(".graphflow .node[data-name=give].marked").wait_for()
        assert "color" in box.locator("rect.body").evaluate("each => each.style.fill")
        assert box.locator("title").text_content().startswith("give: load ")
        box.click()
        panel = page.locator(".graphflow .panel").inner_text()
        assert "PassThroughCalculator" in panel and "/" not in panel.split("\n")[2]


def test_events_and_losses_are_told_by_reason(browser: Any) -> None:
    graph = Graph.from_text(
        """
type: Limited
input_stream: [image, events, finished]
output_stream: ["IMAGE:limited", "EVENTS:told"]
node:
  - calculator: FlowLimiterCalculator
    name: limiter
    input_stream: [image, "FINISHED:finished"]
    input_stream_info: [{tag_index: FINISHED, back_edge: true}]
    output_stream: [limited]
    options: {max_in_flight: 1, max_in_queue: 0}
  - {calculator: PassThroughCalculator, name: tell, input_stream: events, output_stream: told}
"""
    )
    with Server(graph, "0") as server, opened(browser, server.url) as page:
        assert page.locator("#state").inner_text() in ("connecting", "starting")
        graph.start(threads=1)
        for number in range(4):
            graph.add_packet("image", picture(number), number)
        event = {"kind": "head_out_of_frame", "phase": "begin"}
        graph.add_packet("events", (event, {"other": "<b>1</b>"}), 65_000_000)
        wait_for_text(page, "#lost", 3)
        assert "3 " in page.locator("#losses").inner_text()
        assert "limiter" in page.locator("#losses").inner_text()
        rows = page.locator("#events li").all_inner_texts()
        assert rows == ['1:05{"other":"<b>1</b>"}', "1:05head out of frame begins"]
        graph.cancel()


def test_after_the_run_the_page_says_so_and_the_last_figures_stay(
    browser: Any, running: Served
) -> None:
    with opened(browser, running.server.url) as page:
        running.feed_pose()
        wait_for_pictures(page, 1)
        running.finish()
        running.server.close("done")
        page.locator("#state[data-state=done]").wait_for()
        assert page.locator("#state").inner_text() == "the run has ended"
        assert page.locator("#results").inner_text() == "1"
        assert count(page) == 1 and pixel(page)[2] > 0


def test_a_page_that_is_not_looked_at_asks_for_nothing(browser: Any, running: Served) -> None:
    with opened(browser, running.server.url) as page:
        running.feed_pose()
        wait_for_pictures(page, 1)
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
        )
        for _ in range(4):
            running.feed_pose()
        wait_for_text(page, "#results", 5)
        # It had asked for two before, and gets no more than these.
        assert count(page) <= 3
        page.evaluate(
            """() => {
              Object.defineProperty(document, 'hidden', {value: false});
              document.dispatchEvent(new Event('visibilitychange'));
            }"""
        )
        running.feed_pose()
        wait_for_text(page, "#results", 6)
        assert count(page) >= 2


def test_a_page_that_loses_its_server_says_so(browser: Any) -> None:
    with served() as running, opened(browser, running.server.url) as page:
        page.locator("#state[data-state=running]").wait_for()
        # As when the process is killed: no word of an end.
        page.evaluate("socket.close(4000)")
        page.locator("#state[data-state=lost]").wait_for()
        assert page.locator("#state").inner_text() == "no connection; trying again"
        page.locator("#state[data-state=running]").wait_for()


def test_a_page_of_another_site_can_not_connect(browser: Any, running: Served) -> None:
    page = browser.new_page()
    for name in ("live", "landmarks"):
        found = page.evaluate(
            """(url) => new Promise((resolve) => {
              const socket = new WebSocket(url);
              for (const kind of ["open", "error", "close"]) {
                socket.addEventListener(kind, () => resolve(kind));
              }
            })""",
            running.server.url.replace("http", "ws") + name,
        )
        assert found == "error"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1300])
def test_the_page_fits_narrow_and_wide_ones(
    browser: Any, running: Served, scheme: str, width: int
) -> None:
    settings = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    with opened(browser, running.server.url, **settings) as page:
        running.feed_pose()
        wait_for_text(page, "#results", 1)
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0
