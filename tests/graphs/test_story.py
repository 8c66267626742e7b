"""The story of the pose graph's run, on several threads, replays without models or frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from calculators.types import RgbImage
from graphflow import Graph
from graphflow.runtime.recording import Story


def test_the_story_of_a_run_of_the_pose_graph_replays(
    figure: Callable[[int], list[tuple[int, RgbImage]]], weights: None, tmp_path: Path
) -> None:
    found: list[int] = []
    graph = Graph.load("pose_landmark_cpu")
    graph.observe("pose_landmarks", lambda packet: found.append(packet.timestamp))
    graph.start(threads=2, records=True)
    for time, frame in figure(5):
        graph.add_packet("image", frame, time)
    graph.close_inputs()
    graph.wait_until_done()
    assert found == [time for time, _ in figure(5)]
    graph.story.save(tmp_path / "pose.jsonl")
    story = Story.load(tmp_path / "pose.jsonl")
    assert len(story.entries) > 200
    assert Graph.load("pose_landmark_cpu").replay(story) == []
