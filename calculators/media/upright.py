"""Turn decoded frames into upright RGB pictures."""

from __future__ import annotations

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from calculators.types import RgbImage

# How to turn a picture, by the counterclockwise angle of its display matrix in degrees.
_TURNS: Final = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class Upright:
    """Converts the frames of one track, one at a time: FFmpeg's scaler is set up only once."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> RgbImage:
        """Return a frame as (H, W, 3) uint8 RGB, turned as its metadata say; read-only."""
        image = self._reformatter.reformat(frame, format="rgb24").to_ndarray()
        turn = _TURNS.get(round(frame.rotation / 90) * 90 % 360)
        upright = np.ascontiguousarray(image) if turn is None else cv2.rotate(image, turn)
        upright.setflags(write=False)
        return RgbImage(cast("npt.NDArray[np.uint8]", upright))
