"""How much a tracked pose trembles: the error of its acceleration from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from graphflow.evaluation.samples import FloatArray
from graphflow.evaluation.scoring import SampleScore

GAP_TOLERANCE: Final = 0.1
"""Three frames follow each other evenly if their two gaps differ by no more than this share."""


@dataclass(frozen=True)
class ClipJitter:
    """The jitter of one clip.

    Attributes:
        clip: its name.
        triples: how many times three frames followed each other with a pose in each.
        mean_px: mean acceleration error, pixels by frame squared.
        mean_of_torso: the same as a share of the torso radius; None where that can't be told.
    """

    clip: str
    triples: int
    mean_px: float
    mean_of_torso: float | None


def jitter(scores: Sequence[SampleScore]) -> tuple[ClipJitter, ...]:
    """Return the jitter of each clip, by name.

    The acceleration of a joint in the middle one of three frames is `x[-1] - 2 x[0] + x[+1]`; its
    error is the distance of the found acceleration from the true one, which is the acceleration
    of the offset. The mean is over joints that are labelled in all three, then over the triples.

    Frames that don't follow each other evenly in the data set make no triple, so data sets should
    have all frames of a stretch. Clips without one triple are left out.
    """
    frames = sorted(
        (each for each in scores if each.clip is not None and each.timestamp_us is not None),
        key=lambda each: (each.clip, each.timestamp_us),
    )
    return tuple(
        found
        for clip, group in groupby(frames, key=lambda each: each.clip)
        if (found := _jitter(str(clip), list(group))) is not None
    )


def _jitter(clip: str, frames: Sequence[SampleScore]) -> ClipJitter | None:
    in_px: list[float] = []
    of_torso: list[float] = []
    for middle, errors_px in _acceleration_errors(frames):
        in_px.append(float(errors_px.mean()))
        if middle.truth is not None and middle.truth.torso_px is not None:
            of_torso.append(in_px[-1] / middle.truth.torso_px)
    if not in_px:
        return None
    mean_of_torso = float(np.mean(of_torso)) if of_torso else None
    return ClipJitter(clip, len(in_px), float(np.mean(in_px)), mean_of_torso)


def _acceleration_errors(
    frames: Sequence[SampleScore],
) -> Iterator[tuple[SampleScore, FloatArray]]:
    """Yield the middle frame of each triple, and the errors of the joints known in all three."""
    for before, middle, after in zip(frames, frames[1:], frames[2:], strict=False):
        if not _is_even(before, middle, after):
            continue
        offsets = [each.offsets_px.astype(np.float64) for each in (before, middle, after)]
        errors = np.linalg.norm(offsets[0] - 2 * offsets[1] + offsets[2], axis=1)
        known = errors[np.isfinite(errors)]
        if known.size:
            yield middle, known


def _is_even(before: SampleScore, middle: SampleScore, after: SampleScore) -> bool:
    times_us = [each.timestamp_us or 0 for each in (before, middle, after)]
    first_us, second_us = times_us[1] - times_us[0], times_us[2] - times_us[1]
    return abs(first_us - second_us) <= GAP_TOLERANCE * max(first_us, second_us)
