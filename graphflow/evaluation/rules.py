"""By which rules an evaluation judges."""

from __future__ import annotations

from dataclasses import dataclass

from graphflow.evaluation.card import CARD_CRITERION_POINTS, CARD_THRESHOLD


@dataclass(frozen=True)
class Rules:
    """The limits of an evaluation; by default the ones of BlazePose's model card (July 2020).

    Attributes:
        threshold: a joint is at its place if its error is less than this share of the torso radius.
        visibility_cut: a joint with at least this visibility is said to be visible, in [0, 1].
        criterion_points: how many points of PDJ may lie between the lowest and the highest group.
        group_min: groups with fewer independent samples are listed, but not compared; at least 2.
        confidence: of all intervals, in (0, 1).
        resamples: how often a bootstrap draws, and a permutation test shuffles.
        seed: of all drawing; the same seed gives the same intervals.
        unit_column: samples with one value in this column of the data set are not independent (they
            show one person, or are made from one picture) and are drawn together, as the frames of
            a clip always are; None if there is no such column.
    """

    threshold: float = CARD_THRESHOLD
    visibility_cut: float = 0.5
    criterion_points: float = CARD_CRITERION_POINTS
    group_min: int = 10
    confidence: float = 0.95
    resamples: int = 2000
    seed: int = 0
    unit_column: str | None = None

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            ValueError: one is out of its range.
        """
        faults = {
            "threshold": (self.threshold > 0, "a number above 0"),
            "visibility_cut": (0 <= self.visibility_cut <= 1, "a number in [0, 1]"),
            "criterion_points": (self.criterion_points >= 0, "a number of 0 or more"),
            "group_min": (self.group_min >= 2, "2 or more"),
            "confidence": (0 < self.confidence < 1, "a number between 0 and 1"),
            "resamples": (self.resamples >= 1, "1 or more"),
        }
        for name, (is_right, expected) in faults.items():
            if not is_right:
                raise ValueError(f"{name}: found {getattr(self, name)}; expected {expected}")
