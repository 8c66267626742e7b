"""One row for each joint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.evaluation.samples import JOINT_COUNT, JOINTS
from graphflow.evaluation.scoring import SampleScore


@dataclass(frozen=True)
class JointRow:
    """What became of one joint in all samples.

    Attributes:
        joint: its name.
        labelled: in how many of the samples PDJ applies to it is labelled.
        visible: in how many of these it is seen.
        pdj: percentage of the labelled ones that are detected.
        pck: percentage of the labelled ones within the threshold, whatever their visibility.
        visibility_agrees: percentage of the labelled ones with the right visibility.
        mean_error_px: of the labelled ones where somebody was found; None where nobody was.
        mean_error_of_torso: the same as a share of the torso radius.
    """

    joint: str
    labelled: int
    visible: int
    pdj: float
    pck: float
    visibility_agrees: float
    mean_error_px: float | None
    mean_error_of_torso: float | None


def joint_table(scores: Sequence[SampleScore], threshold: float) -> tuple[JointRow, ...]:
    """Return a row for each joint that is labelled in at least one sample that PDJ applies to."""
    labelled, visible, detected, near, agreeing, found = np.zeros((6, JOINT_COUNT), np.int64)
    sum_px, sum_of_torso = np.zeros((2, JOINT_COUNT))
    for each in scores:
        if each.truth is None or each.is_detected is None:
            continue
        labelled += each.truth.is_labelled
        visible += each.truth.is_visible
        detected += each.is_detected
        agreeing += each.agrees
        errors_px, errors_of_torso = each.errors_px, each.errors_of_torso
        near += errors_of_torso < threshold
        found += np.isfinite(errors_px)
        sum_px += np.nan_to_num(errors_px)
        sum_of_torso += np.nan_to_num(errors_of_torso)
    return tuple(
        JointRow(
            joint=JOINTS[row],
            labelled=int(labelled[row]),
            visible=int(visible[row]),
            pdj=float(100.0 * detected[row] / labelled[row]),
            pck=float(100.0 * near[row] / labelled[row]),
            visibility_agrees=float(100.0 * agreeing[row] / labelled[row]),
            mean_error_px=float(sum_px[row] / found[row]) if found[row] else None,
            mean_error_of_torso=float(sum_of_torso[row] / found[row]) if found[row] else None,
        )
        for row in range(JOINT_COUNT)
        if labelled[row]
    )
