"""One small row for each sample: all that the figures of an evaluation are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graphflow.evaluation.detected_joints import detected_joints, visibility_agrees
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import BoolArray, Sample, Scored, Truth
from graphflow.evaluation.torso import torso_radius_px
from graphflow.evaluation.world_error import world_errors_mm

SmallArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FoundPose:
    """What was found of a person, as far as a report needs it.

    Attributes:
        xy_px: (33, 2) float32.
        visibility: (33,) float32 in [0, 1].
        world_errors_mm: (33,) float32, root-aligned, NaN where there is no truth; None where there
            is none at all.
    """

    xy_px: SmallArray
    visibility: SmallArray
    world_errors_mm: SmallArray | None


@dataclass(frozen=True, eq=False)
class TruePose:
    """The true pose, as far as a report needs it.

    Attributes:
        xy_px: (33, 2) float32; NaN where a joint is not labelled.
        is_visible: (33,) bool.
        is_labelled: (33,) bool.
        area_px2: COCO's area, or None.
        torso_px: the torso radius; None where it can't be told, and no error is measured by it.
    """

    xy_px: SmallArray
    is_visible: BoolArray
    is_labelled: BoolArray
    area_px2: float | None
    torso_px: float | None


@dataclass(frozen=True, eq=False)
class SampleScore:
    """The score of one sample.

    Attributes:
        name: of the sample.
        place: of the sample in its data set, `file:line`.
        source: the picture or clip.
        timestamp_us: of the frame in its clip; None for pictures.
        clip: name of its clip; None for pictures.
        groups: value of each column.
        unit: what is independent of other samples: the value of the rules' column for that, or the
            clip of a frame, or the picture.
        truth: None where nobody is in the picture.
        found: None where nobody was found.
        is_detected: (33,) bool; see `detected_joints`. None where PDJ does not apply: nobody is
            there, no joint is labelled, or the torso radius can't be told.
        agrees: (33,) bool; see `visibility_agrees`.
    """

    name: str
    place: str
    source: Path
    timestamp_us: int | None
    clip: str | None
    groups: Mapping[str, str]
    unit: str
    truth: TruePose | None
    found: FoundPose | None
    is_detected: BoolArray | None
    agrees: BoolArray

    @property
    def pdj(self) -> float | None:
        """Percentage of the labelled joints that are detected; None where PDJ does not apply."""
        if self.is_detected is None or self.truth is None:
            return None
        return 100.0 * float(self.is_detected.sum()) / float(self.truth.is_labelled.sum())

    @property
    def offsets_px(self) -> SmallArray:
        """(33, 2) float32: found minus true place; NaN where one of them is not known."""
        if self.truth is None or self.found is None:
            return np.full((33, 2), np.nan, np.float32)
        offsets: SmallArray = self.found.xy_px - self.truth.xy_px
        return offsets

    @property
    def errors_px(self) -> SmallArray:
        """(33,) float32: distance of each joint from its true place; NaN where not known."""
        errors: SmallArray = np.linalg.norm(self.offsets_px, axis=1)
        return errors

    @property
    def errors_of_torso(self) -> SmallArray:
        """(33,) float32: errors as shares of the torso radius; NaN where not known."""
        torso_px = None if self.truth is None else self.truth.torso_px
        shares: SmallArray = self.errors_px / np.float32(np.nan if torso_px is None else torso_px)
        return shares

    @property
    def mean_error_of_torso(self) -> float | None:
        """Mean of `errors_of_torso`; None where none is known."""
        errors = self.errors_of_torso
        known = errors[np.isfinite(errors)]
        return float(known.mean(dtype=np.float64)) if known.size else None


def score(scored: Scored, rules: Rules) -> SampleScore:
    """Return the row of one sample.

    Where somebody is and nobody was found, all joints count as not detected.
    """
    sample, answer = scored.sample, scored.answer
    truth = sample.truth
    torso_px = None if truth is None else torso_radius_px(truth)
    nothing = np.zeros(33, np.bool_)
    is_detected: BoolArray | None = None
    if truth is not None and torso_px is not None:
        is_detected = nothing
        if answer is not None:
            is_detected = detected_joints(truth, answer, torso_px, rules)
    agrees = nothing
    if truth is not None and answer is not None:
        agrees = visibility_agrees(truth, answer, rules)
    return SampleScore(
        name=sample.name,
        place=sample.place,
        source=sample.source,
        timestamp_us=sample.timestamp_us,
        clip=sample.clip,
        groups=dict(sample.groups),
        unit=_unit(sample, rules),
        truth=None if truth is None else _true_pose(truth, torso_px),
        found=_found_pose(scored),
        is_detected=is_detected,
        agrees=agrees,
    )


def _unit(sample: Sample, rules: Rules) -> str:
    value = sample.groups.get(rules.unit_column) if rules.unit_column is not None else None
    return value or sample.clip or sample.name


def _true_pose(truth: Truth, torso_px: float | None) -> TruePose:
    places = np.where(truth.is_labelled[:, None], truth.xy_px, np.nan).astype(np.float32)
    return TruePose(places, truth.is_visible, truth.is_labelled, truth.area_px2, torso_px)


def _found_pose(scored: Scored) -> FoundPose | None:
    answer = scored.answer
    if answer is None:
        return None
    return FoundPose(
        answer.xy_px.astype(np.float32),
        answer.visibility.astype(np.float32),
        _world_errors(scored.sample, answer.world_m),
    )


def _world_errors(sample: Sample, found_m: npt.NDArray[np.float64] | None) -> SmallArray | None:
    if sample.truth is None or sample.truth.world_m is None or found_m is None:
        return None
    errors = world_errors_mm(sample.truth.world_m, found_m)
    return None if errors is None else errors.astype(np.float32)
