"""Short videos, written on the spot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_clip(path: Path, *, frames: int = 10, width: int = 64, height: int = 48) -> Path:
    """Write a video of ten frames a second, each of one shade."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1_000_000)
        stream.codec_context.options = {"bf": "0", "crf": "10"}
        for index in range(frames):
            picture = np.full((height, width, 3), 6 * index % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = 100_000 * index, Fraction(1, 1_000_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
