"""All figures of one set of samples: of all samples, or of one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.evaluation.curves import Curve, pck_curve
from graphflow.evaluation.jitter import ClipJitter, jitter
from graphflow.evaluation.joint_table import JointRow, joint_table
from graphflow.evaluation.object_similarity import ObjectSimilarity, object_similarity
from graphflow.evaluation.presence import Presence, count_presence
from graphflow.evaluation.resampling import Interval, mean_interval, units_of
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.scoring import SampleScore
from graphflow.words.errors import UsageError


@dataclass(frozen=True)
class DetectedJoints:
    """PDJ of some samples; all in percent.

    Attributes:
        samples: how many it applies to.
        pdj: mean over these samples of the percentage of labelled joints that are detected; where
            nobody was found, it is 0.
        deviation: standard deviation of the samples' percentages (with n - 1); None for one sample.
        interval: of the mean; None for a single unit (see `resampling`).
        pdj_where_found: the mean over the samples in which somebody was found; None if nobody was.
        visibility_agrees: mean percentage of labelled joints with the right visibility, where
            somebody was found; None if nobody was.
    """

    samples: int
    pdj: float
    deviation: float | None
    interval: Interval | None
    pdj_where_found: float | None
    visibility_agrees: float | None


@dataclass(frozen=True)
class PlaceErrors:
    """How far joints are from their place, where somebody was found.

    Attributes:
        samples: how many have an error.
        mean_px: mean over samples of the mean over their labelled joints, pixels.
        mean_of_torso: the same as a share of the torso radius; None where no sample has one.
        median_of_torso: median over samples of that.
    """

    samples: int
    mean_px: float
    mean_of_torso: float | None
    median_of_torso: float | None


@dataclass(frozen=True)
class WorldError:
    """How far world landmarks are from the truth, with the middles of the hips on each other.

    Attributes:
        samples: how many have a true and a found pose in three dimensions.
        mpjpe_mm: mean over samples of the mean over joints, millimetres.
        deviation_mm: standard deviation of the samples' means (with n - 1); None for one sample.
    """

    samples: int
    mpjpe_mm: float
    deviation_mm: float | None


@dataclass(frozen=True)
class Figures:
    """All figures of one set of samples; None where one does not apply.

    Attributes:
        presence: who was found, and who was not.
        detected: PDJ.
        errors: in pixels and torso radii.
        curve: PCK over thresholds.
        joints: a row for each joint.
        similarity: COCO's figures.
        similarity_missing: why they are missing though they apply; else empty.
        jitter: of each clip.
        world: in three dimensions.
    """

    presence: Presence
    detected: DetectedJoints | None
    errors: PlaceErrors | None
    curve: Curve | None
    joints: tuple[JointRow, ...]
    similarity: ObjectSimilarity | None
    similarity_missing: str
    jitter: tuple[ClipJitter, ...]
    world: WorldError | None


def figures_of(scores: Sequence[SampleScore], rules: Rules) -> Figures:
    """Return the figures of some samples."""
    similarity, similarity_missing = _similarity(scores)
    return Figures(
        presence=count_presence(scores),
        detected=_detected(scores, rules),
        errors=_place_errors(scores),
        curve=pck_curve(scores),
        joints=joint_table(scores, rules.threshold),
        similarity=similarity,
        similarity_missing=similarity_missing,
        jitter=jitter(scores),
        world=_world_error(scores),
    )


def _similarity(scores: Sequence[SampleScore]) -> tuple[ObjectSimilarity | None, str]:
    try:
        return object_similarity(scores), ""
    except UsageError as error:
        return None, str(error)


def _detected(scores: Sequence[SampleScore], rules: Rules) -> DetectedJoints | None:
    pairs = [(each, pdj) for each in scores if (pdj := each.pdj) is not None]
    if not pairs:
        return None
    values = [pdj for _, pdj in pairs]
    units = units_of(values, [each.unit for each, _ in pairs])
    generator = np.random.default_rng(rules.seed)
    return DetectedJoints(
        samples=len(values),
        pdj=float(np.mean(values)),
        deviation=_deviation(values),
        interval=mean_interval(units, rules.confidence, rules.resamples, generator),
        pdj_where_found=_mean([pdj for each, pdj in pairs if each.found is not None]),
        visibility_agrees=_mean(
            [
                100.0 * float(each.agrees.sum()) / float(each.truth.is_labelled.sum())
                for each, _ in pairs
                if each.found is not None and each.truth is not None
            ]
        ),
    )


def _place_errors(scores: Sequence[SampleScore]) -> PlaceErrors | None:
    in_px = [value for each in scores if (value := _finite_mean(each.errors_px)) is not None]
    if not in_px:
        return None
    shares = [each for row in scores if (each := row.mean_error_of_torso) is not None]
    return PlaceErrors(
        samples=len(in_px),
        mean_px=float(np.mean(in_px)),
        mean_of_torso=_mean(shares),
        median_of_torso=float(np.median(shares)) if shares else None,
    )


def _world_error(scores: Sequence[SampleScore]) -> WorldError | None:
    means = [
        mean
        for each in scores
        if each.found is not None
        and each.found.world_errors_mm is not None
        and (mean := _finite_mean(each.found.world_errors_mm)) is not None
    ]
    if not means:
        return None
    return WorldError(len(means), float(np.mean(means)), _deviation(means))


def _finite_mean(values: np.typing.NDArray[np.float32]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if known.size else None


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
