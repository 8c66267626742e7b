"""ImageFilesCalculator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.image_files import ImageFilesCalculator
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import PRESTREAM

MakePicture = Callable[..., Path]


def read(path: Path | str, limit: int | None = None) -> Outputs:
    sides = {"INPUT_FILE_PATH": str(path), "MAX_FRAMES": limit}
    return CalculatorRunner(ImageFilesCalculator).run(side_packets=sides)


def test_pictures_of_a_folder_are_frames_in_the_order_of_their_numbers(
    make_picture: MakePicture,
) -> None:
    folder = make_picture("shots/2.png").parent
    make_picture("shots/10.jpg", np.zeros((9, 7, 3), np.uint8))
    outputs = read(folder)
    assert outputs["VIDEO"].timestamps == [0, 33_333]
    assert [image.shape for image in outputs["VIDEO"].values] == [(48, 64, 3), (9, 7, 3)]


def test_the_header_tells_the_first_size_and_the_number(make_picture: MakePicture) -> None:
    folder = make_picture("shots/1.png").parent
    make_picture("shots/2.png", np.zeros((9, 7, 3), np.uint8))
    outputs = read(folder)
    assert outputs["VIDEO_PRESTREAM"].timestamps == [PRESTREAM]
    (header,) = outputs["VIDEO_PRESTREAM"].values
    assert (header.width, header.height, header.frame_count) == (64, 48, 2)


def test_one_picture_is_one_frame(make_picture: MakePicture) -> None:
    assert read(make_picture("p.png"))["VIDEO"].timestamps == [0]


def test_a_pattern_chooses_pictures(make_picture: MakePicture) -> None:
    folder = make_picture("shots/1.png").parent
    make_picture("shots/2.jpg")
    assert read(f"{folder}/*.png")["VIDEO"].timestamps == [0]


def test_max_frames_ends_the_stream(make_picture: MakePicture) -> None:
    for index in range(3):
        folder = make_picture(f"shots/{index}.png").parent
    assert len(read(folder, limit=2)["VIDEO"].packets) == 2


def test_a_picture_that_cannot_be_read_leaves_its_time_empty_and_fails_the_run(
    make_picture: MakePicture,
) -> None:
    folder = make_picture("shots/1.png").parent
    (folder / "2.png").write_bytes(b"")
    make_picture("shots/3.png")
    runner = CalculatorRunner(ImageFilesCalculator)
    with pytest.raises(CalculatorError, match=r"2\.png: the file is empty") as caught:
        runner.run(side_packets={"INPUT_FILE_PATH": str(folder)})
    assert isinstance(caught.value.cause, MediaFault)
    assert runner.outputs["VIDEO"].timestamps == [0, 66_666]


def test_a_missing_file_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="no such file") as caught:
        read(tmp_path / "nothing.png")
    assert caught.value.step == "open"
