"""The nodes that write, and whole graphs that read and write."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from calculators.media import (
    LandmarksSinkCalculator,
    MediaSinkCalculator,
    VideoEncoderCalculator,
)
from calculators.media.landmarks_reader import read_landmarks
from calculators.media.video_reader import VideoReader
from calculators.media.written import Written
from calculators.types import ImageSize, VideoHeader
from graphflow import Graph, Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner
from graphflow.timestamp import PRESTREAM

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

BLACK = np.zeros((48, 64, 3), np.uint8)
FRAMES = [Packet(BLACK, time) for time in (0, 40_000, 90_000)]


@pytest.mark.parametrize("calculator", [VideoEncoderCalculator, MediaSinkCalculator])
def test_frames_are_written_at_their_times(
    tmp_path: Path, calculator: type[VideoEncoderCalculator] | type[MediaSinkCalculator]
) -> None:
    path = tmp_path / "clip.mp4"
    header = VideoHeader(64, 48, Fraction(25), None, None)
    outputs = CalculatorRunner(calculator, options={"crf": 30}).run(
        {"VIDEO": FRAMES, "VIDEO_PRESTREAM": [Packet(header, PRESTREAM)]},
        side_packets={"OUTPUT_FILE_PATH": str(path)},
    )
    assert outputs.side["WRITTEN"] == Written(path, 3)
    assert [time for time, _ in VideoReader(path)] == [0, 40_000, 90_000]


@pytest.mark.parametrize("path", ["", None])
def test_without_a_path_nothing_is_written(path: str | None, tmp_path: Path) -> None:
    outputs = CalculatorRunner(MediaSinkCalculator).run(
        {"VIDEO": FRAMES}, side_packets={"OUTPUT_FILE_PATH": path}
    )
    assert outputs.side["WRITTEN"] == Written(None, 0)
    outputs = CalculatorRunner(LandmarksSinkCalculator).run(
        {"IMAGE_SIZE": [Packet(ImageSize(1, 1), 0)]}, side_packets={"FILE_PATH": path}
    )
    assert outputs.side["WRITTEN"] == Written(None, 0)


def test_a_place_that_will_not_do_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="hint: create it with mkdir -p") as caught:
        CalculatorRunner(MediaSinkCalculator).run(
            {"VIDEO": FRAMES}, side_packets={"OUTPUT_FILE_PATH": str(tmp_path / "no/clip.mp4")}
        )
    assert caught.value.step == "open"


def test_every_frame_is_a_record_whether_or_not_a_body_was_found(tmp_path: Path) -> None:
    path = tmp_path / "pose.jsonl"
    points = np.ones((33, 5), np.float32)
    outputs = CalculatorRunner(LandmarksSinkCalculator).run(
        {
            "IMAGE_SIZE": [Packet(ImageSize(64, 48), time) for time in (0, 10, 20)],
            "NORM_LANDMARKS": [Packet(points, 10)],
            "WORLD_LANDMARKS": [Packet(points, 10)],
            "NORM_RECT": [Packet(np.ones(5, np.float32), 10)],
        },
        side_packets={"FILE_PATH": str(path)},
    )
    found = read_landmarks(path)
    assert outputs.side["WRITTEN"] == Written(path, 3)
    assert found.timestamp.tolist() == [0, 10, 20]
    assert found.frame.tolist() == [0, 1, 2]
    assert found.present.tolist() == [False, True, False]
    np.testing.assert_array_equal(found.pose_world_landmarks[1], points)
    assert np.isnan(found.roi[[0, 2]]).all() and (found.roi[1] == 1).all()


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


def test_a_cancelled_run_leaves_a_playable_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    runner = CalculatorRunner(VideoEncoderCalculator, side_packets={"OUTPUT_FILE_PATH": str(path)})
    with pytest.raises(RuntimeError, match="enough"), runner:
        for packet in FRAMES:
            runner.add("VIDEO", packet)
        raise RuntimeError("enough")
    assert [time for time, _ in VideoReader(path)] == [0, 40_000, 90_000]
