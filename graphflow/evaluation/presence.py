"""How often somebody was found where somebody is, and where nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphflow.evaluation.scoring import SampleScore


@dataclass(frozen=True)
class Presence:
    """Counts of samples. samples = found + missed + false_detections + rightly_nobody.

    Attributes:
        samples: all of them.
        found: somebody is there and was found.
        missed: somebody is there and was not found.
        false_detections: nobody is there and somebody was found.
        rightly_nobody: nobody is there and nobody was found.
        without_torso: of found and missed, those without a torso radius: PDJ leaves them out.
    """

    samples: int
    found: int
    missed: int
    false_detections: int
    rightly_nobody: int
    without_torso: int


def count_presence(scores: Sequence[SampleScore]) -> Presence:
    """Return the counts of some samples."""
    outcomes = [(each.truth is not None, each.found is not None) for each in scores]
    return Presence(
        samples=len(outcomes),
        found=outcomes.count((True, True)),
        missed=outcomes.count((True, False)),
        false_detections=outcomes.count((False, True)),
        rightly_nobody=outcomes.count((False, False)),
        without_torso=sum(each.truth is not None and each.is_detected is None for each in scores),
    )
