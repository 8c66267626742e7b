"""Pose quality: how large a body is, how much of its head is seen, how well it is lit."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from calculators.pose_landmark import PoseLandmark
from calculators.types import ImageSize, NormalizedLandmarks, RgbImage

TORSO_SHARE: Final = 0.3
"""The torso's length, mid-shoulder to mid-hip, as a share of a standing adult's height: 52 cm of
1.75 m; drawing books say the same."""

HEAD: Final = [
    int(each)
    for each in (
        PoseLandmark.NOSE,
        PoseLandmark.LEFT_EYE,
        PoseLandmark.RIGHT_EYE,
        PoseLandmark.LEFT_EAR,
        PoseLandmark.RIGHT_EAR,
    )
]
"""Rows of the landmarks that say where the head is."""

SHOULDERS: Final = [int(PoseLandmark.LEFT_SHOULDER), int(PoseLandmark.RIGHT_SHOULDER)]
HIPS: Final = [int(PoseLandmark.LEFT_HIP), int(PoseLandmark.RIGHT_HIP)]

VISIBLE_MIN: Final = 0.5
"""From this visibility on a landmark counts as seen: MediaPipe's drawing has the same."""

SAMPLES_PER_SIDE: Final = 96
"""Pixels that are looked at, along each side of a region: more change the mean by less than 1."""

LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue: ITU-R BT.601."""


class Light(NamedTuple):
    """How a region is lit: mean and standard deviation of its luma, in levels from 0 to 255."""

    luma: float
    contrast: float


def body_size(landmarks: NormalizedLandmarks, size: ImageSize) -> float:
    """Return how large a body is in the picture, as a share of the picture's longer side.

    The larger one of two: the longer side of the box around all landmarks, and the torso's length
    by `TORSO_SHARE`. The second one holds where somebody squats, the first one where somebody bends
    towards the camera. Where a body is cut off, the landmarks that the model guesses outside the
    picture count: a face that fills the picture is not far away.

    Args:
        landmarks: (33, 5), normalised.
        size: of the picture, in pixels.

    Source: ours
    """
    places = landmarks[:, :2].astype(np.float64) * (size.width, size.height)
    extent = float((places.max(axis=0) - places.min(axis=0)).max())
    torso = float(np.linalg.norm(places[SHOULDERS].mean(axis=0) - places[HIPS].mean(axis=0)))
    return max(extent, torso / TORSO_SHARE) / max(size)


def head_share(landmarks: NormalizedLandmarks) -> float:
    """Return how many of nose, eyes and ears are inside the picture and visible: 0 to 1.

    Args:
        landmarks: (33, 5), normalised; NaN as visibility, of models that give none, is visible.

    Source: ours
    """
    head = landmarks[HEAD]
    is_inside = ((head[:, :2] >= 0) & (head[:, :2] <= 1)).all(axis=1)
    is_visible = ~(head[:, 3] < VISIBLE_MIN)
    return float((is_inside & is_visible).mean())


def light_of(image: RgbImage, landmarks: NormalizedLandmarks | None) -> Light:
    """Return how a body is lit: the box around it; without a body, the whole picture.

    Args:
        image: (H, W, 3) uint8; at most `SAMPLES_PER_SIDE` squared of its pixels are looked at.
        landmarks: (33, 5), normalised, or None.

    Source: ours
    """
    region = image if landmarks is None else _box_around(image, landmarks)
    region = region if region.size else image
    rows, columns = (1 + (side - 1) // SAMPLES_PER_SIDE for side in region.shape[:2])
    luma = region[::rows, ::columns].astype(np.float32) @ LUMA
    return Light(float(luma.mean(dtype=np.float64)), float(luma.std(dtype=np.float64)))


def _box_around(image: RgbImage, landmarks: NormalizedLandmarks) -> RgbImage:
    height, width = image.shape[:2]
    corners = np.stack((landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)))
    (left, top), (right, bottom) = np.rint(np.clip(corners, 0, 1) * (width, height)).astype(int)
    return RgbImage(image[top:bottom, left:right])
