"""Join a data set with what was found in it: one Scored for each sample that has an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from graphflow.evaluation.answering import Found
from graphflow.evaluation.samples import Answer, Sample, Scored

FAULTS_TOLD_MAX: Final = 20
"""So many failures are told one by one."""


class Answers(Protocol):
    """Whoever knows what was found in samples."""

    def find(self, sample: Sample) -> Found | None:
        """Return what was found in a sample; None where it was not asked."""
        ...


@dataclass
class NotAnswered:
    """The samples that were not scored because they have no answer.

    Attributes:
        missing: how many of them were never asked.
        failed: how many of them could not be answered.
        faults: the first of these, with their places.
    """

    missing: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)


def scored(
    samples: Iterable[Sample], answers: Answers, not_answered: NotAnswered
) -> Iterator[Scored]:
    """Yield each sample that has an answer, with it, in the order of the data set.

    Args:
        samples: of the data set.
        answers: what was found.
        not_answered: gets the others.
    """
    for sample in samples:
        found = _answer_or_count(sample, answers, not_answered)
        if found is not None:
            yield Scored(sample, answer_of(found))


def answer_of(found: Found) -> Answer | None:
    """Return what was found, in pixels; None for nobody.

    Where a landmark has no visibility, it counts as visible.
    """
    if found.landmarks is None:
        return None
    rows = np.asarray(found.landmarks, np.float64)
    visibility = np.clip(np.where(np.isnan(rows[:, 3]), 1.0, rows[:, 3]), 0.0, 1.0)
    world = found.world_landmarks
    return Answer(
        rows[:, :2] * np.array(found.size_px, np.float64),
        visibility,
        None if world is None else np.asarray(world, np.float64)[:, :3],
    )


def _answer_or_count(sample: Sample, answers: Answers, not_answered: NotAnswered) -> Found | None:
    found = answers.find(sample)
    if found is None:
        not_answered.missing += 1
        return None
    if found.fault:
        not_answered.failed += 1
        if len(not_answered.faults) < FAULTS_TOLD_MAX:
            not_answered.faults.append(f"{sample.place}: {found.name}: {found.fault}")
        return None
    return found
