"""Fairness between groups, as BlazePose's model card has it: the range of PDJ between regions.

The card names the lowest and the highest region and asks whether they are less than 5 points apart.
A few samples can be apart by more than that by chance, so two questions are asked beside it: could
the range be on the other side of the criterion (a bootstrap), and would groups that differ in
nothing have such a range (a permutation test)?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from graphflow.evaluation.resampling import (
    Interval,
    Units,
    bootstrap_means,
    mean_interval,
    shuffled_ranges,
    units_of,
)
from graphflow.evaluation.rules import Rules


class Verdict(Enum):
    """What can be said of the groups of a column."""

    FAIR = "fair"
    """The range is within the criterion, and so is its interval."""

    FAIR_UNCERTAIN = "fair, not certain"
    """The range is within the criterion, but its interval is not."""

    UNFAIR_BY_CHANCE = "above, as by chance"
    """The range is above the criterion, but chance alone would often give such a range."""

    UNFAIR_UNCERTAIN = "unfair, not certain"
    """The groups differ by more than chance gives, but perhaps by less than the criterion."""

    UNFAIR = "unfair"
    """The range is above the criterion, and so is its whole interval."""

    NOT_COMPARED = "not compared"
    """There are not two groups with enough samples."""


@dataclass(frozen=True)
class GroupRow:
    """One group of a column.

    Attributes:
        group: the column's value.
        samples: how many samples PDJ applies to.
        units: how many of them are independent: the frames of one clip count as one.
        pdj: mean percentage of detected joints.
        deviation: standard deviation of the samples' PDJ (with n - 1); None for a single sample.
        interval: of the mean; None for a single unit.
        is_compared: whether it has enough independent samples to be compared.
    """

    group: str
    samples: int
    units: int
    pdj: float
    deviation: float | None
    interval: Interval | None
    is_compared: bool


@dataclass(frozen=True)
class Fairness:
    """The groups of one column, compared.

    Attributes:
        column: its name.
        groups: one row each, by name.
        lowest: name of the compared group with the lowest PDJ; None if nothing is compared.
        highest: name of the one with the highest.
        range_points: between these two, points of PDJ.
        interval: of the range.
        probability: of such a range, or a larger one, if it were chance which sample is in which
            group.
        criterion_points: the largest range that is called fair.
        verdict: what follows.
        verdict_line: the verdict in words.
    """

    column: str
    groups: tuple[GroupRow, ...]
    lowest: str | None
    highest: str | None
    range_points: float | None
    interval: Interval | None
    probability: float | None
    criterion_points: float
    verdict: Verdict
    verdict_line: str


def compare_groups(
    column: str,
    pdj_by_group: Mapping[str, Sequence[float]],
    units_by_group: Mapping[str, Sequence[str]],
    rules: Rules,
) -> Fairness:
    """Compare the groups of one column.

    The interval of the range is as wide to both sides as the bootstrap's ranges reach above the
    one that was found. Ranges of drawn groups are too large in the mean, for chance only ever
    pulls the lowest and the highest apart; so this errs to the side of an interval too wide, and
    calls fewer groups unfair.

    Args:
        column: its name.
        pdj_by_group: PDJ of each sample, by group; no group is empty.
        units_by_group: for each of them, what it belongs to: its clip, or itself.
        rules: criterion, smallest group, confidence, resamples and seed.
    """
    generator = np.random.default_rng(rules.seed)
    names = sorted(pdj_by_group)
    units = {name: units_of(pdj_by_group[name], units_by_group[name]) for name in names}
    rows = tuple(_row(name, pdj_by_group[name], units[name], rules, generator) for name in names)
    compared = [row for row in rows if row.is_compared]
    if len(compared) < 2:
        line = (
            f"{column}: not compared: fewer than two groups have {rules.group_min} independent "
            "samples or more."
        )
        return Fairness(
            column, rows, None, None, None, None, None, rules.criterion_points,
            Verdict.NOT_COMPARED, line,
        )  # fmt: skip
    lowest = min(compared, key=lambda row: row.pdj)
    highest = max(compared, key=lambda row: row.pdj)
    found = highest.pdj - lowest.pdj
    used = [units[row.group] for row in compared]
    interval = _range_interval(used, found, rules, generator)
    probability = _probability(used, found, rules, generator)
    verdict = _verdict(found, interval, probability, rules)
    return Fairness(
        column=column,
        groups=rows,
        lowest=lowest.group,
        highest=highest.group,
        range_points=found,
        interval=interval,
        probability=probability,
        criterion_points=rules.criterion_points,
        verdict=verdict,
        verdict_line=_line(column, lowest, highest, interval, probability, verdict, rules),
    )


def _row(
    name: str, pdj: Sequence[float], units: Units, rules: Rules, generator: np.random.Generator
) -> GroupRow:
    return GroupRow(
        group=name,
        samples=len(pdj),
        units=len(units),
        pdj=float(np.mean(pdj)),
        deviation=float(np.std(pdj, ddof=1)) if len(pdj) > 1 else None,
        interval=mean_interval(units, rules.confidence, rules.resamples, generator),
        is_compared=len(units) >= rules.group_min,
    )


def _range_interval(
    groups: Sequence[Units], found: float, rules: Rules, generator: np.random.Generator
) -> Interval:
    drawn = np.stack([bootstrap_means(each, rules.resamples, generator) for each in groups])
    reach = float(np.quantile(np.ptp(drawn, axis=0), (1 + rules.confidence) / 2)) - found
    reach = max(reach, 0.0)
    return Interval(max(found - reach, 0.0), found + reach)


def _probability(
    groups: Sequence[Units], found: float, rules: Rules, generator: np.random.Generator
) -> float:
    everything = Units(
        np.concatenate([each.sums for each in groups]),
        np.concatenate([each.counts for each in groups]),
    )
    sizes = [len(each) for each in groups]
    ranges = shuffled_ranges(everything, sizes, rules.resamples, generator)
    return float((1 + (ranges >= found * (1 - 1e-9)).sum()) / (1 + rules.resamples))


def _verdict(found: float, interval: Interval, probability: float, rules: Rules) -> Verdict:
    if found <= rules.criterion_points:
        is_certain = interval.high <= rules.criterion_points
        return Verdict.FAIR if is_certain else Verdict.FAIR_UNCERTAIN
    if probability > 1 - rules.confidence:
        return Verdict.UNFAIR_BY_CHANCE
    is_certain = interval.low > rules.criterion_points
    return Verdict.UNFAIR if is_certain else Verdict.UNFAIR_UNCERTAIN


def _line(
    column: str,
    lowest: GroupRow,
    highest: GroupRow,
    interval: Interval,
    probability: float,
    verdict: Verdict,
    rules: Rules,
) -> str:
    criterion = f"{rules.criterion_points:g} points"
    reach = f"{rules.confidence * 100:g} % interval {interval.low:.1f} to {interval.high:.1f}"
    share = f"{100 * probability:.1f} %" if probability >= 0.001 else "fewer than 0.1 %"
    chance = f"chance alone gives such a range in {share} of cases"
    conclusion = {
        Verdict.FAIR: f"fair: within the criterion of {criterion}, and so is the {reach}.",
        Verdict.FAIR_UNCERTAIN: f"within the criterion of {criterion}, but the {reach} is not: "
        "more samples would tell.",
        Verdict.UNFAIR_BY_CHANCE: f"above the criterion of {criterion}, but no more than chance "
        f"would give: {chance}; {reach}.",
        Verdict.UNFAIR_UNCERTAIN: f"above the criterion of {criterion}; the groups do differ "
        f"({chance}), but the {reach} does not exclude {criterion}.",
        Verdict.UNFAIR: f"unfair: above the criterion of {criterion}, and so is the whole {reach}; "
        f"{chance}.",
    }[verdict]
    return (
        f"{column}: from {lowest.pdj:.1f} ({lowest.group}) to {highest.pdj:.1f} ({highest.group}), "
        f"a range of {highest.pdj - lowest.pdj:.1f} points: {conclusion}"
    )
