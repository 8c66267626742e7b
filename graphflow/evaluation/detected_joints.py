"""Which joints count as detected: the rule behind PDJ, as BlazePose's model card has it."""

from __future__ import annotations

import numpy as np

from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Answer, BoolArray, FloatArray, Truth


def offsets_px(truth: Truth, answer: Answer) -> FloatArray:
    """Return how far each joint was missed, and where to.

    Returns:
        (33, 2) float64: found place minus true place; NaN where a joint is not labelled.
    """
    return np.where(truth.is_labelled[:, None], answer.xy_px - truth.xy_px, np.nan)


def visibility_agrees(truth: Truth, answer: Answer, rules: Rules) -> BoolArray:
    """Tell of which labelled joints it was rightly said whether they are seen.

    Returns:
        (33,) bool; False where a joint is not labelled.
    """
    agrees: BoolArray = (answer.visibility >= rules.visibility_cut) == truth.is_visible
    return agrees & truth.is_labelled


def detected_joints(truth: Truth, answer: Answer, torso_px: float, rules: Rules) -> BoolArray:
    """Tell which joints are detected.

    A joint is if it is labelled, its visibility agrees with the truth (visibility at or above the
    cut against seen; below it against hidden), and it lies less than the threshold's share of the
    torso radius from its true place.

    Args:
        truth: where the joints are.
        answer: where they were found.
        torso_px: the torso radius, above 0.
        rules: threshold and visibility cut.

    Returns:
        (33,) bool.

    Source: BlazePose's model card (July 2020), percentage of detected joints (PDJ).
    """
    errors_px = np.linalg.norm(offsets_px(truth, answer), axis=1)
    # A comparison with NaN is false: what is not labelled is not detected.
    is_near: BoolArray = errors_px < rules.threshold * torso_px
    return is_near & visibility_agrees(truth, answer, rules)
