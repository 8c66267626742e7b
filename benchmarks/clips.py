"""Clips for the benchmarks, made from any clip when they run."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np

from calculators.media.video_reader import VideoReader
from calculators.types import RgbImage

HD: Final = (1280, 720)
VGA: Final = (640, 480)

_RATE: Final = 30
_QUALITY: Final = {"crf": "20", "preset": "veryfast", "bf": "0"}
_BACKDROP_PX: Final = 32
"""Width to which a picture is shrunk to fill what it leaves free, so that nobody is in there."""


def write_fitted(clip: Path, target: Path, size: tuple[int, int]) -> int:
    """Write a clip at another size, in H.264 at 30 frames a second, without distorting it.

    Args:
        clip: any clip.
        target: the .mp4 to write.
        size: width and height, even; what the picture leaves free is filled with its colours.

    Returns:
        How many frames it has.
    """
    count = 0
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=_RATE)
        stream.width, stream.height = size
        stream.pix_fmt, stream.options = "yuv420p", dict(_QUALITY)
        for image in _images_of(clip):
            frame = av.VideoFrame.from_ndarray(fitted(image, size), format="rgb24")
            frame.pts, frame.time_base = count, Fraction(1, _RATE)
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count


def fitted(image: RgbImage, size: tuple[int, int]) -> RgbImage:
    """Return an image as large as it fits into the middle of `size`, over its own blurred colours.

    Args:
        image: (H, W, 3) uint8.
        size: width and height.
    """
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = round(image.shape[1] * scale), round(image.shape[0] * scale)
    small = cv2.resize(image, (_BACKDROP_PX, _BACKDROP_PX), interpolation=cv2.INTER_AREA)
    canvas = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=cv2.INTER_CUBIC
    )
    return RgbImage(np.asarray(canvas, np.uint8))


def write_repeated(clip: Path, target: Path, frames: int) -> None:
    """Write at least so many frames: the clip again and again, without decoding it.

    The clip must have its frames in the order of their times, as those of `write_fitted` have.
    """
    with av.open(str(target), "w") as output:
        stream = None
        written = shift = 0
        while written < frames:
            with av.open(str(clip)) as source:
                track = source.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(track)
                end = shift
                for packet in source.demux(track):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    end = packet.pts + (packet.duration or 1)
                    packet.stream = stream
                    output.mux(packet)
                    written += 1
                shift = end


def _images_of(clip: Path) -> Iterator[RgbImage]:
    reader = VideoReader(clip)
    try:
        for _, image in reader:
            yield image
    finally:
        reader.close()
