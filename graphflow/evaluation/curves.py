"""PCK curves: how many joints are within each distance of their true place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from graphflow.evaluation.scoring import SampleScore

THRESHOLDS: Final = tuple(round(0.01 * step, 2) for step in range(51))
"""Shares of the torso radius at which curves have a point."""


@dataclass(frozen=True)
class Curve:
    """A PCK curve.

    Attributes:
        thresholds: shares of the torso radius.
        percentages: of the labelled joints with an error below each threshold; the mean of all
            samples with a torso radius. Visibility plays no part. Where nobody was found, no joint
            is within any distance.
        area: the mean of the percentages, without the one at 0: the area under the curve.
    """

    thresholds: tuple[float, ...]
    percentages: tuple[float, ...]
    area: float


def pck_curve(scores: Sequence[SampleScore]) -> Curve | None:
    """Return the curve of some samples; None if none has a torso radius."""
    total = np.zeros(len(THRESHOLDS))
    count = 0
    for each in scores:
        if each.truth is None or each.is_detected is None:
            continue
        errors = each.errors_of_torso.astype(np.float64)[each.truth.is_labelled]
        total += (errors < np.array(THRESHOLDS)[:, None]).mean(axis=1)
        count += 1
    if not count:
        return None
    percentages = 100.0 * total / count
    return Curve(THRESHOLDS, tuple(map(float, percentages)), float(percentages[1:].mean()))
