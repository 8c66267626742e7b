"""Several answers about the same landmarks: their mean, and how well they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calculators.types import FloatArray, ImageSize, NormalizedLandmarks, NormalizedRect

_VISIBILITY = 3
_LEAST_WEIGHT = np.float32(1e-6)


def average_landmarks(answers: Sequence[FloatArray]) -> FloatArray:
    """Return the mean of several lists of landmarks.

    A landmark's values are averaged with its visibilities as weights, so that an answer that sees a
    joint counts more than one that guesses it.

    Args:
        answers: at least one; (N, 5) float32, all in the same space. Where visibility is unknown
            (NaN) all answers count alike.

    Returns:
        (N, 5) float32; a new array.

    Raises:
        ValueError: there is no answer, or their numbers of landmarks differ.

    Source: ours
    """
    stacked = _stack(answers)
    weights = stacked[..., _VISIBILITY, np.newaxis]
    weights = np.where(np.isnan(weights), np.float32(1), weights + _LEAST_WEIGHT)
    result: FloatArray = (stacked * weights).sum(axis=0) / weights.sum(axis=0)
    return result


def landmark_agreement(
    answers: Sequence[NormalizedLandmarks],
    region: NormalizedRect,
    image_size: ImageSize,
    tolerance: float,
) -> float:
    """Return how much of a body several answers see, and see at the same place.

    For each landmark, its mean visibility times exp(-d / tolerance), where d is the mean distance
    of the answers' points from their mean, in sides of the region. The result is the mean over the
    landmarks. A body that is there is found at the same place again; one that is imagined moves.

    Args:
        answers: at least one; (N, 5) float32, with visibility.
        region: that the landmarks were found in, square in pixels; the unit of distances.
        image_size: of the image, pixels.
        tolerance: distance at which agreement has fallen to 37 %, in sides of the region; > 0.

    Returns:
        0 to 1; 0 for lists of no landmarks or a region without size.

    Raises:
        ValueError: there is no answer, or their numbers of landmarks differ.

    Source: ours
    """
    stacked = _stack(answers)
    side_px = float(region[2]) * image_size.width
    if not stacked.shape[1] or side_px <= 0:
        return 0.0
    points_px = stacked[..., :2].astype(np.float64) * image_size
    from_mean_px = points_px - points_px.mean(axis=0)
    distances = np.hypot(from_mean_px[..., 0], from_mean_px[..., 1]).mean(axis=0) / side_px
    visibility = stacked[..., _VISIBILITY].mean(axis=0)
    return float((visibility * np.exp(-distances / tolerance)).mean())


def _stack(answers: Sequence[FloatArray]) -> FloatArray:
    shapes = sorted({answer.shape for answer in answers})
    if len(shapes) != 1:
        raise ValueError(f"found landmarks of shapes {shapes}; expected one shape (N, 5)")
    stacked: FloatArray = np.stack(answers)
    return stacked
