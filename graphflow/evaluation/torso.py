"""The torso's size, by which errors are measured."""

from __future__ import annotations

from typing import Final

import numpy as np

from calculators.pose_landmark import PoseLandmark
from graphflow.evaluation.samples import FloatArray, Truth

SHOULDERS: Final = [int(PoseLandmark.LEFT_SHOULDER), int(PoseLandmark.RIGHT_SHOULDER)]
HIPS: Final = [int(PoseLandmark.LEFT_HIP), int(PoseLandmark.RIGHT_HIP)]


def torso_radius_px(truth: Truth) -> float | None:
    """Return the distance of the middle of the hips from the middle of the shoulders.

    BlazePose's circles are centred in the middle of the hips; the one through the middle of the
    shoulders is the torso's.

    Args:
        truth: the true joints; seen or hidden ones count.

    Returns:
        Pixels, above 0; None where a hip or a shoulder is not labelled, or both middles are one.

    Source: BlazePose's model card (July 2020) has "torso radius", the paper (V. Bazarevsky and
        others, 2020, section 3) "torso size"; neither says between which points, so this is ours.
    """
    if not truth.is_labelled[SHOULDERS + HIPS].all():
        return None
    radius = float(np.linalg.norm(_middle(truth.xy_px, SHOULDERS) - _middle(truth.xy_px, HIPS)))
    return radius if radius > 0 else None


def _middle(places: FloatArray, rows: list[int]) -> FloatArray:
    middle: FloatArray = places[rows].mean(axis=0)
    return middle
