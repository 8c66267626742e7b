"""Media made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

Picture = npt.NDArray[np.uint8]
MakeVideo = Callable[..., Path]


def quadrants(width: int = 64, height: int = 48, shade: int = 0) -> Picture:
    """A picture of black, red, green and blue quarters, clockwise from the upper left."""
    image = np.full((height, width, 3), shade, np.uint8)
    image[: height // 2, width // 2 :] = (255, 0, 0)
    image[height // 2 :, width // 2 :] = (0, 255, 0)
    image[height // 2 :, : width // 2] = (0, 0, 255)
    return image


@pytest.fixture(name="quadrants")
def quadrants_fixture() -> Callable[..., Picture]:
    return quadrants


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Write a video with PyAV alone: 10 frames a second unless times (µs) are given."""

    def make(
        name: str = "clip.mp4",
        frames: Sequence[Picture] | int = 10,
        *,
        times_us: Sequence[int] | None = None,
        rotation: int = 0,
        codec: str = "libx264",
        options: dict[str, str] | None = None,
        **stream_fields: Any,
    ) -> Path:
        pictures = frames
        if isinstance(pictures, int):
            pictures = [quadrants(shade=5 * index) for index in range(pictures)]
        times = times_us or [100_000 * index for index in range(len(pictures))]
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt = stream_fields.get("pix_fmt", "yuv420p")
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1_000_000)
            stream.codec_context.options = options or {"bf": "0", "crf": "10"}
            if rotation:
                if not hasattr(stream, "set_display_rotation"):
                    pytest.skip("this PyAV can't write rotation metadata")
                stream.set_display_rotation(rotation)
            for picture, time in zip(pictures, times, strict=True):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = time, Fraction(1, 1_000_000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make


@pytest.fixture
def make_picture(tmp_path: Path) -> Callable[..., Path]:
    """Write a picture with OpenCV, in the format that `encoding` (or the name's suffix) names."""

    def make(name: str, image: Picture | None = None, encoding: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        bgr = cv2.cvtColor(quadrants() if image is None else image, cv2.COLOR_RGB2BGR)
        path.write_bytes(cv2.imencode(encoding or path.suffix, bgr)[1].tobytes())
        return path

    return make
