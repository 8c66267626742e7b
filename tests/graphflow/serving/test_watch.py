"""Watch and figures: what they make of a run, by a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphflow.graph import INLINE, Graph
from graphflow.serving.figures import Figures, fault_words, graph_name
from graphflow.serving.streams import capture_origin, served_streams
from graphflow.serving.watch import EVENTS_MAX, Watch
from graphflow.words.diagnostics import Location
from graphflow.words.errors import CalculatorError, GraphStuck, SeveralErrors
from tests.graphflow.serving.served import GRAPH


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Seen:
    """A run in the test's own thread, and what is seen of it."""

    def __init__(self, text: str = GRAPH) -> None:
        self.clock = Clock()
        self.loop = asyncio.new_event_loop()
        self.graph = Graph.from_text(text)
        streams = served_streams(self.graph.plan, {})
        self.watch = Watch(self.graph, streams, self.loop, self.clock)
        self.figures = Figures(self.graph, self.watch, self.clock)
        self.time = 0

    def feed(self, **values: Any) -> None:
        self.graph.feed_frame(values, self.time)
        self.time += 1000


@pytest.fixture
def seen() -> Iterator[Seen]:
    found = Seen()
    found.graph.start(threads=INLINE)
    yield found
    found.loop.close()


IMAGE = np.zeros((2, 2, 3), np.uint8)


def test_a_rate_is_of_the_last_seconds_alone(seen: Seen) -> None:
    assert seen.watch.rate(2.0) == 0.0
    for _ in range(40):
        seen.clock.now += 0.1
        seen.feed(image=IMAGE)
    assert seen.watch.rate(2.0) == pytest.approx(10, rel=0.1)
    seen.clock.now += 1.0
    assert seen.watch.rate(2.0) == pytest.approx(5, rel=0.1)
    seen.clock.now += 5.0
    assert seen.watch.rate(2.0) == 0.0
    assert seen.watch.seconds_since_result() == pytest.approx(6.0)


def test_the_rate_of_a_run_that_has_just_begun_is_that_since_its_first_result(seen: Seen) -> None:
    for _ in range(11):
        seen.feed(image=IMAGE)
        seen.clock.now += 0.05
    assert seen.watch.rate(3.0) == pytest.approx(20)


def test_ages_are_told_in_milliseconds_and_forgotten(seen: Seen) -> None:
    for age_us in (30_000, 90_000, 50_000, 40_000, 20_000):
        seen.feed(image=IMAGE, age=age_us)
    assert seen.figures.look()["age_ms"] == {"newest": 20.0, "median": 40.0, "max": 90.0}
    seen.clock.now += 10
    assert seen.figures.look()["age_ms"] is None


def test_an_age_that_is_no_number_fails_no_run(seen: Seen) -> None:
    seen.feed(image=IMAGE, age="old")
    assert seen.figures.look()["age_ms"] is None


def test_a_bounded_number_of_events_is_kept_and_all_are_counted(seen: Seen) -> None:
    for number in range(EVENTS_MAX + 5):
        seen.feed(events=(number, -number))
    kept = seen.watch.events_after(0)
    assert len(kept) == EVENTS_MAX
    assert seen.watch.event_count == 2 * (EVENTS_MAX + 5)
    (last,) = seen.watch.events_after(kept[-2].number)
    assert last.payload == -EVENTS_MAX - 4


def test_loads_are_those_since_a_few_looks_ago(seen: Seen) -> None:
    assert [row["calls"] for row in seen.figures.look()["nodes"]] == [0]
    for _ in range(6):
        seen.clock.now += 0.5
        seen.feed(image=IMAGE)
        (row,) = seen.figures.look()["nodes"]
        assert (row["name"], row["rate"]) == ("give", 2.0)
    assert row["calls"] == 6 and row["load"] >= 0


def test_landmarks_alone_are_counted_where_there_are_no_pictures() -> None:
    found = Seen(GRAPH.replace("IMAGE:", ""))
    found.graph.start(threads=INLINE)
    found.feed(landmarks=IMAGE, world=IMAGE)
    found.feed()
    assert found.watch.results == 1
    found.loop.close()


def test_before_the_start_there_is_little_to_tell() -> None:
    found = Seen()
    figures = found.figures.look()
    assert (figures["state"], figures["nodes"], figures["losses"]) == ("starting", [], [])
    found.loop.close()


def test_a_live_graph_tells_when_its_frames_were_captured() -> None:
    assert capture_origin(Graph.load("pose_tracking_live").plan) == "capture_origin"
    assert capture_origin(Graph.load("pose_tracking").plan) == ""


def test_a_fault_is_told_without_its_words() -> None:
    secret = OSError(2, "No such file", "/secret/clip.mp4")
    failed = CalculatorError("source", "open", 0, secret, Location("/secret/graph.yaml"))
    assert fault_words(failed) == 'node "source" failed in open'
    assert fault_words(SeveralErrors([failed, GraphStuck([])])) == 'node "source" failed in open'
    assert fault_words(GraphStuck([])) == "the graph was stuck"
    assert fault_words(secret) == "the run failed"


def test_a_graph_without_a_type_is_told_by_its_files_name_alone(tmp_path: Path) -> None:
    file = tmp_path / "my_graph.yaml"
    file.write_text(GRAPH.replace("type: Served\n", ""), encoding="utf-8")
    assert graph_name(Graph.load(file).plan) == "my_graph"
