"""MediaSourceCalculator: every kind of medium through one node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.media_source import MediaSourceCalculator
from calculators.types import VideoHeader
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import PRESTREAM

MakeVideo = Callable[..., Path]
MakePicture = Callable[..., Path]


def play(path: Path | str, **sides: Any) -> Outputs:
    return CalculatorRunner(MediaSourceCalculator).run(
        side_packets={"INPUT_FILE_PATH": str(path), **sides}
    )


def test_a_video_is_given_frame_by_frame_at_its_times(make_video: MakeVideo) -> None:
    outputs = play(make_video(frames=3, times_us=[0, 50_000, 900_000]))
    assert outputs["VIDEO"].timestamps == [0, 50_000, 900_000]
    for image in outputs["VIDEO"].values:
        assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)


def test_pictures_of_a_folder_are_frames(make_picture: MakePicture) -> None:
    folder = make_picture("shots/2.png").parent
    make_picture("shots/10.jpg", np.zeros((9, 7, 3), np.uint8))
    outputs = play(folder)
    assert outputs["VIDEO"].timestamps == [0, 33_333]
    assert [image.shape for image in outputs["VIDEO"].values] == [(48, 64, 3), (9, 7, 3)]


def test_the_header_comes_before_the_stream(make_video: MakeVideo) -> None:
    outputs = play(make_video(frames=3))
    assert outputs["VIDEO_PRESTREAM"].timestamps == [PRESTREAM]
    (header,) = outputs["VIDEO_PRESTREAM"].values
    assert isinstance(header, VideoHeader)
    assert (header.width, header.height, header.frame_count) == (64, 48, 3)


@pytest.mark.parametrize(("limit", "count"), [(2, 2), (0, 5), (None, 5), (99, 5)])
def test_max_frames_ends_the_stream(make_video: MakeVideo, limit: int | None, count: int) -> None:
    outputs = play(make_video(frames=5), MAX_FRAMES=limit)
    assert len(outputs["VIDEO"].packets) == count


def test_a_negative_max_frames_is_refused(make_video: MakeVideo) -> None:
    with pytest.raises(CalculatorError, match="MAX_FRAMES: found -1; expected 0 or more"):
        play(make_video(frames=1), MAX_FRAMES=-1)


def test_what_can_be_read_is_given_before_the_fault(
    make_picture: MakePicture, tmp_path: Path
) -> None:
    folder = make_picture("shots/1.png").parent
    (folder / "2.png").write_bytes(b"")
    make_picture("shots/3.png")
    runner = CalculatorRunner(MediaSourceCalculator)
    with pytest.raises(CalculatorError, match=r"2\.png: the file is empty") as caught:
        runner.run(side_packets={"INPUT_FILE_PATH": str(folder)})
    assert isinstance(caught.value.cause, MediaFault)
    assert runner.outputs["VIDEO"].timestamps == [0, 66_666]


def test_a_missing_file_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="no such file") as caught:
        play(tmp_path / "nothing.mp4")
    assert caught.value.step == "open"
