"""Writing pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calculators.media.create_media import create_media
from calculators.media.image_reader import read_image
from calculators.types import RgbImage


def noise(seed: int = 0) -> RgbImage:
    return RgbImage(np.random.default_rng(seed).integers(0, 255, (9, 7, 3), dtype=np.uint8))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".PNG"])
def test_one_frame_is_one_picture_of_that_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ünï{suffix}"
    writer = create_media(path)
    writer.write(noise(), 0)
    assert (writer.close().path, names(tmp_path)) == (path, [path.name])
    np.testing.assert_array_equal(read_image(path), noise())


def test_several_frames_are_numbered_from_0(tmp_path: Path) -> None:
    writer = create_media(tmp_path / "a{b}.png")
    for index in range(3):
        writer.write(noise(index), 1000 * index)
    written = writer.close()
    assert (written.path, written.frames) == (tmp_path, 3)
    assert names(tmp_path) == ["a{b}_000000.png", "a{b}_000001.png", "a{b}_000002.png"]
    np.testing.assert_array_equal(read_image(tmp_path / "a{b}_000000.png"), noise(0))
    np.testing.assert_array_equal(read_image(tmp_path / "a{b}_000002.png"), noise(2))


def test_a_folder_gets_numbered_pictures(tmp_path: Path) -> None:
    writer = create_media(f"{tmp_path}/new/")
    writer.write(noise(), 0)
    assert writer.close().frames == 1
    assert names(tmp_path / "new") == ["frame_000000.png"]


def test_without_frames_nothing_is_left(tmp_path: Path) -> None:
    assert create_media(tmp_path / "a.png").close().path is None
    assert names(tmp_path) == []
