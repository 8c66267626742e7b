"""The turned square around the circle that holds all landmarks of a body."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calculators.kernels.roi import rect_from_alignment_points
from calculators.types import FloatArray, ImageSize, NormalizedLandmarks, NormalizedRect


def enclosing_square(
    landmarks: NormalizedLandmarks,
    image_size: ImageSize,
    *,
    center_rows: Sequence[int],
    direction_rows: Sequence[int],
    target_angle_rad: float,
) -> NormalizedRect:
    """Return the square around the circle about a body's centre that holds all landmarks.

    Args:
        landmarks: (N, 5) float32, normalised to the image.
        image_size: Size of the image in pixels.
        center_rows: Rows whose mean is the centre; at least one.
        direction_rows: Rows whose mean, seen from the centre, is the direction; at least one.
        target_angle_rad: What the direction becomes, counter-clockwise from the x axis; pi/2 is up.

    Returns:
        (5,) float32 rectangle, square in pixels; unturned where centre and direction coincide.

    Raises:
        ValueError: A row does not exist.

    Source: ours; the same square as rect_from_alignment_points makes of two auxiliary points.
    """
    rows = (*center_rows, *direction_rows)
    if not all(0 <= row < len(landmarks) for row in rows):
        raise ValueError(f"found {len(landmarks)} landmarks; expected rows {list(rows)} of them")
    sides_px = np.array(image_size, np.float32)
    points_px = landmarks[:, :2] * sides_px
    center_px = points_px[list(center_rows)].mean(axis=0)
    direction_px = points_px[list(direction_rows)].mean(axis=0) - center_px
    length_px = np.hypot(*direction_px)
    if length_px > 0:
        unit = direction_px / length_px
    else:
        # The direction that has nowhere to turn to.
        unit = np.array([math.cos(target_angle_rad), -math.sin(target_angle_rad)], np.float32)
    radius_px = np.hypot(*(points_px - center_px).T).max()
    edge_px: FloatArray = (center_px + unit * radius_px).astype(np.float32)
    return rect_from_alignment_points(
        center_px / sides_px, edge_px / sides_px, image_size, target_angle_rad
    )
