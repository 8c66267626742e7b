"""What a log for the Rerun viewer holds, read back by the viewer's own reader."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest

from calculators.types import Detection, NormalizedRect, WorldLandmarks
from graphflow.graph import INLINE, Graph
from graphflow.viewing import Target, rerun_log
from graphflow.viewing.graph_view import places_of
from graphflow.words.errors import UsageError
from graphflow.words.timestamp import POSTSTREAM
from graphflow.words.views import Space
from tests.graphflow.engine_kit import chain

pytest.importorskip("rerun", reason="needs the extra rerun")

from calculators.viewing import view_of

FRAME_US = 33_333

GRAPH = """
input_stream: ["image", "pose", "world"]
output_stream: ["shown_pose", "shown_world", "count"]
node:
  - {calculator: PassThroughCalculator, name: poses, input_stream: [pose, world],
     output_stream: [shown_pose, shown_world]}
  - {calculator: PacketPresenceCalculator, name: counts, input_stream: ["PACKET:pose"],
     output_stream: ["PRESENCE:count"]}
"""


class Log:
    """A file that was read: by entity path, the rows of each component, with times."""

    def __init__(self, path: Path) -> None:
        from rerun.chunk import RrdReader

        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.times: dict[str, list[int]] = {}
        self.lines: set[str] = set()
        found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for chunk in RrdReader(path).stream().to_chunks():
            self.lines.update(chunk.timeline_names)
            batch = chunk.to_record_batch()
            rows = batch.to_pylist()
            times = [0] * len(rows)
            if not chunk.is_static:
                column = batch.column("graph_time").cast("int64").to_pylist()
                times = [each // 1000 for each in column]
            found.setdefault(chunk.entity_path, []).extend(zip(times, rows, strict=True))
        for entity, timed in found.items():  # chunks come in any order
            timed.sort(key=lambda each: each[0])
            self.times[entity] = [time for time, _ in timed]
            self.rows[entity] = [row for _, row in timed]

    def has(self, path: str, component: str) -> list[bool]:
        return [bool(row.get(component)) for row in self.rows[path]]


Logged = Callable[..., Log]


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Logged]:
    def run(graph: Graph, feed: Callable[[Graph], None], threads: int = INLINE) -> Log:
        path = tmp_path / "run.rrd"
        with rerun_log.RerunLog(Target(path), graph) as log:
            graph.start(threads=threads)
            feed(graph)
            graph.close_inputs()
            graph.wait_until_done()
        assert (log.fault, log.left_out) == ("", 0)
        return Log(path)

    yield run


def feed_three_frames(graph: Graph) -> None:
    """A pose in the first and the last of them."""
    pose = np.full((33, 5), 0.5, np.float32)
    for number in range(3):
        time = number * FRAME_US
        graph.add_packet("image", np.full((20, 40, 3), 100 + number, np.uint8), time)
        if number != 1:
            graph.add_packet("pose", pose, time)
            graph.add_packet("world", pose, time)
        else:
            graph.advance("pose", time + 1)
            graph.advance("world", time + 1)


def test_frames_landmarks_numbers_and_queues_are_logged_on_one_time_line(logged: Logged) -> None:
    log = logged(Graph.from_text(GRAPH), feed_three_frames)
    assert log.lines == {"graph_time"}
    times = [0, FRAME_US, 2 * FRAME_US]
    assert log.times["/picture/image"] == times
    assert log.times["/values/count"] == times
    assert log.times["/queues/counts/PACKET"] == times
    images = [row["EncodedImage:blob"][0] for row in log.rows["/picture/image"]]
    assert all(bytes(image).startswith(b"\xff\xd8\xff") for image in images)  # JPEG


def test_a_pose_is_drawn_in_the_pictures_pixels_with_its_skeleton(logged: Logged) -> None:
    log = logged(Graph.from_text(GRAPH), feed_three_frames)
    (first, *_) = log.rows["/picture/shown_pose"]
    assert first["Points2D:positions"] == [[20.0, 10.0]] * 33
    assert first["Points2D:class_ids"] == [33]
    assert first["Points2D:keypoint_ids"] == list(range(33))
    (context,) = log.rows["/"]
    ((entry,),) = context["AnnotationContext:context"]
    connections = entry["class_description"]["keypoint_connections"]
    assert {"keypoint0": 23, "keypoint1": 25} in connections
    assert len(connections) == 35


def test_a_frame_without_a_pose_takes_the_last_one_away(logged: Logged) -> None:
    log = logged(Graph.from_text(GRAPH), feed_three_frames)
    path = "/picture/shown_pose"
    at = dict(zip(log.times[path], log.has(path, "Points2D:positions"), strict=True))
    assert at == {0: True, FRAME_US: False, 2 * FRAME_US: True}


def test_the_graph_is_logged_with_every_node_and_edge(logged: Logged) -> None:
    log = logged(Graph.from_text(GRAPH), feed_three_frames)
    (graph,) = log.rows["/graph"]
    assert graph["GraphNodes:node_ids"] == [
        "input image",
        "input pose",
        "input world",
        "poses",
        "counts",
    ]
    edges = [(each["first"], each["second"]) for each in graph["GraphEdges:edges"]]
    assert edges == [
        ("input pose", "poses"),
        ("input world", "poses"),
        ("input pose", "counts"),
    ]


def test_world_landmarks_are_points_in_space() -> None:
    view = view_of(np.full((33, 5), 0.25, np.float32), WorldLandmarks, None)
    assert view is not None
    assert view.space is Space.WORLD
    assert view.what.positions.as_arrow_array().to_pylist() == [[0.25] * 3] * 33


def test_a_region_turns_about_its_centre_in_pixels() -> None:
    rect = np.array([0.5, 0.5, 0.2, 0.4, np.pi / 2], np.float32)
    view = view_of(rect, NormalizedRect, (100, 50))
    assert view is not None
    (strip,) = view.what.strips.as_arrow_array().to_pylist()
    # 20 wide and 20 high before it turns, so the first corner comes to where the second was.
    assert np.allclose(strip[0], [60, 15], atol=1e-4)
    assert strip[0] == strip[-1]


def test_a_payload_of_a_stream_of_anything_is_told_by_its_shape() -> None:
    found = {
        shape: view_of(np.full(shape, 0.5, kind), Any, None)
        for shape, kind in (
            ((8, 8, 3), np.uint8),
            ((33, 5), np.float32),
            ((5,), np.float32),
            ((20, 20), np.float32),
            ((4, 4), np.float32),
        )
    }
    kinds = {shape: view and type(view.what).__name__ for shape, view in found.items()}
    assert kinds == {
        (8, 8, 3): "EncodedImage",
        (33, 5): "Points2D",
        (5,): "LineStrips2D",
        (20, 20): "Image",
        (4, 4): None,
    }


def test_detections_are_boxes_with_their_scores() -> None:
    box, score = np.array([0.1, 0.2, 0.5, 0.5], np.float32), 0.75
    view = view_of(Detection(score, box, np.zeros((0, 2), np.float32)), Detection, (100, 100))
    assert view is not None
    assert view.what.labels.as_arrow_array().to_pylist() == ["0.75"]
    assert np.allclose(view.what.centers.as_arrow_array().to_pylist(), [[35, 45]])


def test_packets_at_special_times_and_unknown_payloads_are_not_shown(logged: Logged) -> None:
    def feed(graph: Graph) -> None:
        graph.add_packet("in", 5, POSTSTREAM)

    def feed_unknown(graph: Graph) -> None:
        graph.add_packet("in", object(), 0)

    for log in (logged(chain(1), feed), logged(chain(1), feed_unknown)):
        assert not [path for path in log.rows if path.startswith(("/values", "/picture"))]


def test_what_the_box_has_no_room_for_is_left_out_and_counted(tmp_path: Path) -> None:
    graph = chain(1)
    log = rerun_log.RerunLog(Target(tmp_path / "run.rrd"), graph)
    hold: Queue[None] = Queue()
    log._show = lambda *shown: hold.get()  # type: ignore[method-assign]
    graph.start(threads=INLINE)
    count = rerun_log.BOX_MAX + 10
    for time in range(count):
        graph.add_packet("in", time, time)
    graph.close_inputs()
    graph.wait_until_done()
    for _ in range(count):
        hold.put(None)
    log.close()
    assert 9 <= log.left_out <= 2 * count


def test_a_fault_of_the_viewer_does_not_end_the_run(tmp_path: Path) -> None:
    class Broken:
        def view_of(self, *arguments: Any) -> Any:
            raise ValueError("no such view")

    graph = chain(1)
    log = rerun_log.RerunLog(Target(tmp_path / "run.rrd"), graph)
    log._view_of = Broken().view_of  # type: ignore[method-assign,assignment]
    graph.start(threads=INLINE)
    graph.add_packet("in", 1, 0)
    graph.close_inputs()
    graph.wait_until_done()
    log.close()
    log.close()
    assert log.fault == "ValueError: no such view"


def test_a_loop_has_its_nodes_in_layers() -> None:
    labels = {"a": "a", "b": "b", "c": "c"}
    places = places_of(labels, [("a", "b"), ("a", "c"), ("c", "a")])
    assert places["a"][1] < places["b"][1] == places["c"][1]
    assert places["b"][0] < places["a"][0] < places["c"][0]


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(UsageError, match=r"graphflow-perception\[rerun\]"):
        rerun_log.RerunLog(Target(), chain(1))
