"""Reading pictures, and knowing their size before."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from calculators.media.faults import MediaFault
from calculators.media.image_header import picture_kind, picture_size
from calculators.media.image_reader import ImageReader, images_at, natural_key, read_image
from graphflow.words.errors import UsageError

MakePicture = Callable[..., Path]
SUFFIXES = [".png", ".jpg", ".bmp", ".tiff", ".webp", ".jp2"]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_format_is_recognised_sized_and_read(make_picture: MakePicture, suffix: str) -> None:
    path = make_picture(f"picture{suffix}")
    start = path.read_bytes()
    assert picture_kind(start[:32]) is not None
    assert picture_size(start) == (64, 48)
    image = read_image(path)
    assert image.shape == (48, 64, 3)
    assert image[4, 60, 0] > 240 > 20 > image[4, 60, 2]  # The upper right is red.
    assert not image.flags.writeable


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_size_of_damaged_headers_is_unknown_not_an_error(
    make_picture: MakePicture, suffix: str
) -> None:
    start = make_picture(f"picture{suffix}").read_bytes()
    for length in range(0, 40, 3):
        picture_size(start[:length])


def test_grey_16_bit_alpha_and_palette_become_8_bit_rgb(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    variants: dict[str, np.ndarray[tuple[int, ...], np.dtype[Any]]] = {
        "grey": ramp,
        "deep": ramp.astype(np.uint16) * 257,
        "alpha": np.dstack([ramp, ramp, ramp, np.zeros_like(ramp)]),
    }
    for name, array in variants.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(cv2.imencode(".png", array)[1].tobytes())
        np.testing.assert_array_equal(read_image(path), np.dstack([ramp] * 3))


def test_exif_orientation_is_applied(make_picture: MakePicture, tmp_path: Path) -> None:
    plain = make_picture("plain.jpg").read_bytes()
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\0\0" + tiff
    turned = tmp_path / "turned.jpg"
    turned.write_bytes(
        plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]
    )
    np.testing.assert_array_equal(
        read_image(turned), np.rot90(read_image(tmp_path / "plain.jpg"), -1)
    )


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header))
    with pytest.raises(MediaFault, match="has 60000x60000 pixels; expected at most 128 million"):
        read_image(path)


def test_one_pixel_is_a_picture(make_picture: MakePicture) -> None:
    path = make_picture("dot.png", np.full((1, 1, 3), 7, np.uint8))
    assert read_image(path).tolist() == [[[7, 7, 7]]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", "the file is empty"),
        ("pointer.jpg", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("text.png", b"hello " * 10, "is no picture; expected JPEG, PNG"),
        ("short.png", b"\x89PNG\r\n\x1a\n\0\0", "its header is damaged"),
    ],
)
def test_what_is_no_picture_is_told(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaFault, match=message) as caught:
        read_image(path)
    assert name in str(caught.value)


def test_a_cut_picture_is_told(make_picture: MakePicture) -> None:
    for suffix in (".png", ".jpg"):
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        path = make_picture(f"cut{suffix}", noise)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(MediaFault, match="damaged or incomplete"):
            read_image(path)


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    names = ["b.png", "img10.png", "img2.png", "a1.png"]
    ordered = sorted((Path(name) for name in names), key=natural_key)
    assert [str(path) for path in ordered] == [
        "a1.png",
        "b.png",
        "img2.png",
        "img10.png",
    ]


def test_a_folder_is_read_in_order_and_by_content(
    make_picture: MakePicture, tmp_path: Path
) -> None:
    make_picture("shots/p10.png")
    make_picture("shots/p9", encoding=".jpg")
    make_picture("shots/P8.JPG", encoding=".jpg")
    (tmp_path / "shots/notes.txt").write_text("no picture")
    (tmp_path / "shots/.hidden.png").write_text("no picture")
    (tmp_path / "shots/deeper").mkdir()
    assert [path.name for path in images_at(str(tmp_path / "shots"))] == ["P8.JPG", "p9", "p10.png"]


def test_a_pattern_chooses_pictures(make_picture: MakePicture, tmp_path: Path) -> None:
    for name in ("a1.png", "a2.png", "b1.png"):
        make_picture(name)
    assert [path.name for path in images_at(str(tmp_path / "a*.png"))] == ["a1.png", "a2.png"]
    with pytest.raises(UsageError, match="no picture matches"):
        images_at(str(tmp_path / "c*.png"))


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no pictures"):
        images_at(str(tmp_path))


def test_a_broken_picture_is_left_out_told_and_keeps_its_time(
    make_picture: MakePicture, tmp_path: Path
) -> None:
    broken = tmp_path / "1.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    reader = ImageReader([make_picture("0.png"), broken, make_picture("2.png")])
    assert [frame.timestamp_us for frame in reader] == [0, 66_666]
    assert len(reader.faults) == 1
    assert "1.png" in reader.faults[0]


def test_if_no_picture_can_be_read_all_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        path.write_bytes(b"")
    with pytest.raises(MediaFault, match=r"a\.png(.|\n)*b\.png"):
        ImageReader(paths)


def test_names_may_hold_any_character(make_picture: MakePicture) -> None:
    assert read_image(make_picture("ünï 图.png")).shape == (48, 64, 3)
