"""The figures of a set of samples as lines of a table: heading, number, unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphflow.evaluation.figures import Figures
from graphflow.evaluation.resampling import Interval
from graphflow.evaluation.rules import Rules


@dataclass(frozen=True)
class FigureRow:
    """One line.

    Attributes:
        heading: what it is.
        value: the number; None where it does not apply.
        unit: of the number.
        digits: how many after the point.
        note: what to say beside it.
    """

    heading: str
    value: float | None
    unit: str
    digits: int = 1
    note: str = ""

    @property
    def text(self) -> str:
        """The number with its unit."""
        return "-" if self.value is None else f"{self.value:.{self.digits}f}{self.unit}"


def figure_rows(figures: Figures, rules: Rules) -> Iterator[FigureRow]:
    """Yield the lines of all figures, in the same order for all sets of samples."""
    detected, errors, curve = figures.detected, figures.errors, figures.curve
    similarity, world = figures.similarity, figures.world
    yield FigureRow(
        f"PDJ@{rules.threshold:g}",
        detected.pdj if detected else None,
        " %",
        note=_interval_text(detected.interval if detected else None, rules),
    )
    yield FigureRow(
        "standard deviation over samples", detected.deviation if detected else None, " points"
    )
    yield FigureRow(
        "PDJ where somebody was found", detected.pdj_where_found if detected else None, " %"
    )
    yield FigureRow("right visibility", detected.visibility_agrees if detected else None, " %")
    yield FigureRow("area under the PCK curve", curve.area if curve else None, " %")
    yield FigureRow("mean error", errors.mean_px if errors else None, " px")
    yield FigureRow("mean error by torso radius", errors.mean_of_torso if errors else None, "", 3)
    yield FigureRow(
        "median error by torso radius", errors.median_of_torso if errors else None, "", 3
    )
    note = figures.similarity_missing.partition("\n")[0]
    yield FigureRow("mean OKS", similarity.mean_oks if similarity else None, " %", note=note)
    yield FigureRow(
        "AP (OKS 0.50:0.95)", similarity.average_precision if similarity else None, " %"
    )
    yield FigureRow("AP (OKS 0.50)", similarity.average_precision_50 if similarity else None, " %")
    yield FigureRow("AP (OKS 0.75)", similarity.average_precision_75 if similarity else None, " %")
    yield FigureRow("AR (OKS 0.50:0.95)", similarity.average_recall if similarity else None, " %")
    yield FigureRow("jitter", _mean_jitter(figures), " px/frame²", 2)
    yield FigureRow("MPJPE of world landmarks", world.mpjpe_mm if world else None, " mm")
    presence = figures.presence
    yield FigureRow("samples", presence.samples, "", 0)
    yield FigureRow("scored by PDJ", detected.samples if detected else 0, "", 0)
    yield FigureRow("without a torso radius", presence.without_torso, "", 0)
    yield FigureRow("missed people", presence.missed, "", 0)
    yield FigureRow("false detections", presence.false_detections, "", 0)


def _mean_jitter(figures: Figures) -> float | None:
    """The mean over all triples of all clips."""
    if not figures.jitter:
        return None
    triples = [each.triples for each in figures.jitter]
    return float(np.average([each.mean_px for each in figures.jitter], weights=triples))


def _interval_text(interval: Interval | None, rules: Rules) -> str:
    if interval is None:
        return ""
    return f"{rules.confidence * 100:g} % interval {interval.low:.1f} to {interval.high:.1f}"
