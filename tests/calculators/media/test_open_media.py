"""Choosing the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calculators.media.image_reader import ImageReader
from calculators.media.open_media import open_media
from calculators.media.video_decoding import is_url
from calculators.media.video_reader import VideoReader
from graphflow.words.errors import UsageError


def test_videos_pictures_folders_and_patterns_are_told_apart(
    make_video: Callable[..., Path], make_picture: Callable[..., Path]
) -> None:
    picture = make_picture("shots/one.png")
    assert isinstance(open_media(make_video(frames=1)), VideoReader)
    assert isinstance(open_media(str(picture)), ImageReader)
    assert isinstance(open_media(picture.parent), ImageReader)
    assert isinstance(open_media(str(picture.parent / "*.png")), ImageReader)


def test_content_counts_not_the_name(
    make_video: Callable[..., Path], make_picture: Callable[..., Path]
) -> None:
    assert isinstance(open_media(make_picture("p.mp4", encoding=".png")), ImageReader)
    assert isinstance(open_media(make_picture("[1].png")), ImageReader)
    video = make_video(frames=1)
    assert isinstance(open_media(video.rename(video.with_name("7"))), VideoReader)


def test_a_missing_camera_is_told() -> None:
    for number in (97, "97"):
        with pytest.raises(UsageError, match="camera"):
            open_media(number)


@pytest.mark.parametrize("path", ["", "no/such/clip.mp4", "nothing.mp4"])
def test_what_is_not_there_is_told(path: str) -> None:
    with pytest.raises(UsageError, match=r"no such file|no input was named"):
        open_media(path)


def test_addresses_are_recognised() -> None:
    assert is_url("rtsp://camera/1")
    assert not is_url("C:/clip.mp4")
    assert not is_url("clip:1.mp4")
