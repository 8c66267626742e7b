"""Whole graphs that read and write media."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calculators.media.landmarks_reader import read_landmarks
from calculators.media.video_reader import VideoReader
from calculators.media.written import Written
from graphflow import Graph
from graphflow.words.errors import CalculatorError

COPY = """
input_side_packet: [input_path, output_path, landmarks_path]
output_side_packet: [written]
node:
  - calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
  - calculator: ImagePropertiesCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["SIZE:size"]
  - calculator: PoseOverlayCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["IMAGE:drawn"]
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:drawn", "VIDEO_PRESTREAM:header"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
    output_side_packet: ["WRITTEN:written"]
  - calculator: LandmarksSinkCalculator
    input_stream: ["IMAGE_SIZE:size"]
    input_side_packet: ["FILE_PATH:landmarks_path"]
"""


@pytest.mark.parametrize("threads", [1, 4])
def test_a_graph_copies_a_video_time_for_time(
    make_video: Callable[..., Path], tmp_path: Path, threads: int
) -> None:
    times = [0, 33_337, 66_001, 5_000_000]
    target, lines = tmp_path / "copy.mp4", tmp_path / "pose.jsonl"
    graph = Graph.from_text(COPY)
    graph.run(
        side_packets={
            "input_path": str(make_video(frames=4, times_us=times)),
            "output_path": str(target),
            "landmarks_path": str(lines),
        },
        threads=threads,
    )
    assert graph.side_packet("written") == Written(target, 4)
    assert [time for time, _ in VideoReader(target)] == times
    assert read_landmarks(lines).timestamp.tolist() == times


@pytest.mark.parametrize("threads", [1, 4])
def test_of_a_damaged_folder_everything_readable_is_written_and_the_run_fails(
    make_picture: Callable[..., Path], tmp_path: Path, threads: int
) -> None:
    for index in range(20):
        make_picture(f"shots/{index}.png")
    (tmp_path / "shots/7.png").write_bytes(b"")
    target, lines = tmp_path / "copy.mp4", tmp_path / "pose.jsonl"
    with pytest.raises(CalculatorError, match=r"7\.png: the file is empty"):
        Graph.from_text(COPY).run(
            side_packets={
                "input_path": str(tmp_path / "shots"),
                "output_path": str(target),
                "landmarks_path": str(lines),
            },
            threads=threads,
        )
    expected = [33_333 * index for index in range(20) if index != 7]
    assert [time for time, _ in VideoReader(target)] == expected
    assert read_landmarks(lines).timestamp.tolist() == expected
