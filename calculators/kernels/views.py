"""Views of an image: squares to look at it through, and detections brought back from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from calculators.types import Detections, FloatArray, ImageSize, Matrix4, NormalizedRect


def square_view(
    image_size: ImageSize, x_center: float, y_center: float, side: float, rotation_rad: float
) -> NormalizedRect:
    """Return a square region of an image.

    Args:
        image_size: of the image, pixels.
        x_center: of the square, normalised.
        y_center: of the square, normalised.
        side: in units of the image's longer side; 1 about the middle holds the whole image.
        rotation_rad: clockwise on screen.

    Returns:
        (5,) float32, square in pixels.
    """
    side_px = side * max(image_size)
    width, height = side_px / image_size.width, side_px / image_size.height
    return NormalizedRect(np.array([x_center, y_center, width, height, rotation_rad], np.float32))


def degrees_to_radians(angle_degrees: float) -> float:
    """Return the angle in radians, in [-pi, pi)."""
    turns = angle_degrees / 360.0
    return (turns - math.floor(turns + 0.5)) * 2 * math.pi


def project_detections(detections: Detections, matrix: Matrix4) -> Detections:
    """Move detections by an affine transform; a box becomes the upright one around its corners.

    Args:
        detections: N detections.
        matrix: (4, 4) float32; x and y of the result follow from x and y.

    Returns:
        N new detections.

    Source: MediaPipe, calculators/util/detection_projection_calculator.cc
    """
    boxes = detections.boxes
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    corners = np.stack(
        [
            low,
            np.stack([high[:, 0], low[:, 1]], axis=-1),
            high,
            np.stack([low[:, 0], high[:, 1]], axis=-1),
        ],
        axis=1,
    )
    moved = _transformed(corners, matrix)
    first, last = moved.min(axis=1), moved.max(axis=1)
    return Detections(
        detections.scores,
        np.concatenate([first, last - first], axis=1),
        _transformed(detections.keypoints, matrix),
    )


def join_detections(batches: Sequence[Detections]) -> Detections:
    """Return the detections of several batches as one, batch after batch.

    Raises:
        ValueError: there is no batch, or their numbers of keypoints differ.
    """
    counts = sorted({batch.keypoints.shape[1] for batch in batches})
    if len(counts) != 1:
        raise ValueError(f"found batches with {counts} keypoints; expected one number of them")
    return Detections(
        np.concatenate([batch.scores for batch in batches]),
        np.concatenate([batch.boxes for batch in batches]),
        np.concatenate([batch.keypoints for batch in batches]),
    )


def _transformed(points: FloatArray, matrix: Matrix4) -> FloatArray:
    """Return (..., 2) points after the affine transform of their plane."""
    moved: FloatArray = points @ matrix[:2, :2].T + matrix[:2, 3]
    return moved
