"""How far the world landmarks are from the truth in three dimensions."""

from __future__ import annotations

import numpy as np

from graphflow.evaluation.samples import FloatArray
from graphflow.evaluation.torso import HIPS

_MILLIMETRES = 1000.0


def world_errors_mm(truth_m: FloatArray, found_m: FloatArray) -> FloatArray | None:
    """Return the distance of each joint from its true place, both poses moved to one root.

    The root is the middle of the hips. Nothing is turned or scaled. The mean is known as MPJPE.

    Args:
        truth_m: (33, 3) float64, metres; NaN where a joint is not known.
        found_m: (33, 3) float64, metres.

    Returns:
        (33,) float64, millimetres; NaN where the truth is not known; None if it lacks a hip.
    """
    root = truth_m[HIPS].mean(axis=0)
    if not np.isfinite(root).all():
        return None
    offsets = (found_m - found_m[HIPS].mean(axis=0)) - (truth_m - root)
    errors: FloatArray = np.linalg.norm(offsets, axis=1) * _MILLIMETRES
    return errors
