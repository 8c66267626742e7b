"""MediaSinkCalculator: frames to a video, pictures or nowhere, by the path."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from calculators.media.media_sink import MediaSinkCalculator
from calculators.media.video_reader import VideoReader
from calculators.media.written import Written
from calculators.types import VideoHeader
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs, make_read_only
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import PRESTREAM

BLACK = make_read_only(np.zeros((48, 64, 3), np.uint8))
FRAMES = [Packet(BLACK, time) for time in (0, 40_000, 90_000)]
HEADER = Packet(VideoHeader(64, 48, Fraction(25), None, None), PRESTREAM)


def write(path: Path | str | None, frames: list[Packet] = FRAMES) -> Outputs:
    return CalculatorRunner(MediaSinkCalculator, options={"crf": 30}).run(
        {"VIDEO": frames, "VIDEO_PRESTREAM": [HEADER]},
        side_packets={"OUTPUT_FILE_PATH": path if path is None else str(path)},
    )


def test_a_videos_frames_are_written_at_their_times(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    assert write(path).side["WRITTEN"] == Written(path, 3)
    assert [time for time, _ in VideoReader(path)] == [0, 40_000, 90_000]


def test_a_folder_gets_numbered_pictures(tmp_path: Path) -> None:
    assert write(tmp_path).side["WRITTEN"].frames == 3
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == [f"frame_00000{number}.png" for number in range(3)]


def test_one_frame_is_one_picture(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    assert write(path, FRAMES[:1]).side["WRITTEN"] == Written(path, 1)
    assert path.is_file()


@pytest.mark.parametrize("path", ["", None])
def test_without_a_path_nothing_is_written(path: str | None) -> None:
    assert write(path).side["WRITTEN"] == Written(None, 0)


def test_without_frames_nothing_is_left(tmp_path: Path) -> None:
    assert write(tmp_path / "clip.mp4", []).side["WRITTEN"].frames == 0
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_will_not_do_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="hint: create it with mkdir -p") as caught:
        write(tmp_path / "no/clip.mp4")
    assert caught.value.step == "open"
