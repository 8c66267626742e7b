"""VideoEncoderCalculator."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.media.video_encoder import VideoEncoderCalculator
from calculators.media.video_reader import VideoReader
from calculators.media.written import Written
from calculators.types import VideoHeader
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import PRESTREAM

BLACK = make_read_only(np.zeros((48, 64, 3), np.uint8))
FRAMES = [Packet(BLACK, time) for time in (0, 40_000, 90_000)]


def times_in(path: Path) -> list[int]:
    return [time for time, _ in VideoReader(path)]


def test_frames_are_written_at_their_times(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    header = VideoHeader(64, 48, Fraction(25), None, None)
    outputs = CalculatorRunner(VideoEncoderCalculator).run(
        {"VIDEO": FRAMES, "VIDEO_PRESTREAM": [Packet(header, PRESTREAM)]},
        side_packets={"OUTPUT_FILE_PATH": str(path)},
    )
    assert outputs.side["WRITTEN"] == Written(path, 3)
    assert times_in(path) == [0, 40_000, 90_000]


@pytest.mark.parametrize("options", [{"crf": 51}, {"preset": "ultrafast"}])
def test_options_change_the_file_but_not_the_times(tmp_path: Path, options: dict[str, Any]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    frames = [Packet(noise, packet.timestamp) for packet in FRAMES]
    for name, chosen in (("plain.mp4", {}), ("other.mp4", options)):
        CalculatorRunner(VideoEncoderCalculator, options=chosen).run(
            {"VIDEO": frames}, side_packets={"OUTPUT_FILE_PATH": str(tmp_path / name)}
        )
    assert times_in(tmp_path / "other.mp4") == [0, 40_000, 90_000]
    assert (tmp_path / "other.mp4").read_bytes() != (tmp_path / "plain.mp4").read_bytes()


def test_without_frames_no_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    outputs = CalculatorRunner(VideoEncoderCalculator).run(
        {"VIDEO": []}, side_packets={"OUTPUT_FILE_PATH": str(path)}
    )
    assert outputs.side["WRITTEN"].frames == 0
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_run_leaves_a_playable_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    runner = CalculatorRunner(VideoEncoderCalculator, side_packets={"OUTPUT_FILE_PATH": str(path)})
    with pytest.raises(RuntimeError, match="enough"), runner:
        for packet in FRAMES:
            runner.add("VIDEO", packet)
        raise RuntimeError("enough")
    assert times_in(path) == [0, 40_000, 90_000]


def test_a_place_that_will_not_do_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="hint: create it with mkdir -p") as caught:
        CalculatorRunner(VideoEncoderCalculator).run(
            {"VIDEO": FRAMES}, side_packets={"OUTPUT_FILE_PATH": str(tmp_path / "no/clip.mp4")}
        )
    assert caught.value.step == "open"


@pytest.mark.parametrize("crf", [-1, 52])
def test_quality_out_of_range_is_refused(crf: int) -> None:
    with pytest.raises(ValueError, match="crf"):
        CalculatorRunner(VideoEncoderCalculator, options={"crf": crf})
