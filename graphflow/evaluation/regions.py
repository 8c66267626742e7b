"""The region around a person that truth gives, and one that is a little wrong.

Tracking hands the landmark model a region that the last frame's landmarks gave. A still has no last
frame, so its true joints stand in for it; disturbed by a known amount, they show how wrong a region
may be before the landmarks suffer.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np

from calculators.kernels.roi import (
    RectTransformation,
    normalize_radians,
    rect_from_alignment_points,
    transform_rect,
)
from calculators.pose_landmark import PoseLandmark
from calculators.types import ImageSize, NormalizedRect
from graphflow.evaluation.samples import FloatArray, Sample, Truth

HIPS = (PoseLandmark.LEFT_HIP, PoseLandmark.RIGHT_HIP)
SHOULDERS = (PoseLandmark.LEFT_SHOULDER, PoseLandmark.RIGHT_SHOULDER)
MARGIN = RectTransformation(scale_x=1.25, scale_y=1.25, square_long=True)
"""What PoseLandmarksToRoi adds to the square around the body."""


@dataclass(frozen=True)
class Disturbance:
    """How a region differs from the right one.

    Attributes:
        shift: distance between the centres, as a share of the right region's side; 0 or more. The
            direction is drawn from the sample's name: it differs from sample to sample, and is the
            same in every run.
        scale: factor on the side; more than 0.
        roll_rad: turn about the centre, radians, clockwise on screen.
    """

    shift: float = 0.0
    scale: float = 1.0
    roll_rad: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: shift is negative, or scale not positive.
        """
        if self.shift < 0 or self.scale <= 0:
            raise ValueError(
                f"found shift {self.shift} and scale {self.scale}; "
                "expected a shift of at least 0 and a scale of more than 0"
            )


UNDISTURBED = Disturbance()


def region_from_truth(
    sample: Sample, disturbance: Disturbance = UNDISTURBED
) -> NormalizedRect | None:
    """Return the region that tracking would have, had the last frame's landmarks been true.

    The square about the middle of the hips that holds the circle through the farthest labelled
    joint, turned so that the middle of the shoulders is straight above, with a margin of a quarter:
    what PoseLandmarksToRoi makes of its two points. (The model's second point lies on the circle
    around the whole body. With few labelled joints, as in COCO, the circle is a little smaller: no
    toe or finger counts.)

    Args:
        sample: with truth.
        disturbance: applied to the right region: shifted, then scaled and turned about its centre.

    Returns:
        (5,) float32 x_center, y_center, width, height (normalised), rotation in radians; None
        without truth, or where a hip or a shoulder is not labelled or all joints coincide.

    Source: MediaPipe, modules/pose_landmark/pose_landmarks_to_roi.pbtxt
    """
    if sample.truth is None or not sample.truth.is_labelled[[*HIPS, *SHOULDERS]].all():
        return None
    points = _alignment_points_px(sample.truth)
    if points is None:
        return None
    size = ImageSize(*sample.size_px)
    center, edge = (points / size).astype(np.float32)
    rect = rect_from_alignment_points(center, edge, size, math.pi / 2)
    return _disturbed(transform_rect(rect, size, MARGIN), size, disturbance, sample.name)


def _alignment_points_px(truth: Truth) -> FloatArray | None:
    """Return (2, 2): the circle's centre and its point beyond the shoulders, if it has a size."""
    center: FloatArray = truth.xy_px[list(HIPS)].mean(axis=0)
    radius_px = float(np.hypot(*(truth.xy_px[truth.is_labelled] - center).T).max())
    if radius_px == 0:
        return None
    direction: FloatArray = truth.xy_px[list(SHOULDERS)].mean(axis=0) - center
    length_px = float(np.hypot(*direction))
    upwards = direction / length_px if length_px > 0 else np.array([0.0, -1.0])
    return np.stack([center, center + radius_px * upwards])


def _disturbed(
    rect: NormalizedRect, size: ImageSize, disturbance: Disturbance, name: str
) -> NormalizedRect:
    direction_rad = 2 * math.pi * zlib.crc32(name.encode()) / 2**32
    shift_px = disturbance.shift * float(rect[2]) * size.width
    result = rect.copy()
    result[0] += shift_px * math.cos(direction_rad) / size.width
    result[1] += shift_px * math.sin(direction_rad) / size.height
    result[2:4] *= np.float32(disturbance.scale)
    result[4] = normalize_radians(rect[4] + np.float32(disturbance.roll_rad))
    return NormalizedRect(result)
