"""Two sets of answers to the same samples: which is better, by how much, and is it chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from graphflow.evaluation.figures import Figures, figures_of
from graphflow.evaluation.grouping import group_of
from graphflow.evaluation.resampling import (
    Interval,
    mean_interval,
    sign_flip_probability,
    units_of,
)
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import JOINTS
from graphflow.evaluation.scoring import SampleScore
from graphflow.evaluation.spread import spread_out
from graphflow.words.errors import UsageError


@dataclass(frozen=True)
class SampleDifference:
    """What both made of one sample.

    Attributes:
        name: of the sample.
        place: in the data set.
        first_pdj: percentage of detected joints of the first.
        second_pdj: of the second.
        difference: first minus second, points.
    """

    name: str
    place: str
    first_pdj: float
    second_pdj: float
    difference: float


@dataclass(frozen=True)
class JointDifference:
    """What both made of one joint.

    Attributes:
        joint: its name.
        labelled: in how many samples it is.
        first_pdj: percentage of these in which the first detected it.
        second_pdj: the same of the second.
        difference: first minus second, points.
        probability: of a difference as large by chance alone (sign flips of units).
        adjusted_probability: the same for this joint as one of all joints (Holm's method): look at
            enough joints, and one will differ by chance.
    """

    joint: str
    labelled: int
    first_pdj: float
    second_pdj: float
    difference: float
    probability: float
    adjusted_probability: float


@dataclass(frozen=True)
class GroupDifference:
    """What both made of one group.

    Attributes:
        column: of the data set.
        group: the column's value.
        samples: how many samples of both PDJ applies to.
        first_pdj: mean PDJ of the first, percent.
        second_pdj: of the second, of the same samples.
        difference: first minus second, points.
        interval: of that difference; None for a single unit.
        probability: of a difference as large by chance alone (sign flips of units); None for a
            single unit.
    """

    column: str
    group: str
    samples: int
    first_pdj: float
    second_pdj: float
    difference: float
    interval: Interval | None
    probability: float | None


@dataclass(frozen=True)
class Comparison:
    """Two sets of answers, compared on the samples that both have.

    Attributes:
        first: name of the first.
        second: name of the second.
        only_first: how many samples the second lacks.
        only_second: how many samples the first lacks.
        scored: how many samples of both PDJ applies to.
        first_figures: of the samples of both.
        second_figures: of the same samples.
        difference: mean of first minus second PDJ, points.
        interval: of that difference; None for a single unit.
        probability: of a difference as large by chance alone (sign flips of units).
        better: in how many samples the first has the higher PDJ.
        worse: in how many the lower.
        joints: a row for each labelled joint.
        groups: a row for each value of each column that was asked for.
        losses: samples in which the first is worse, the worst first; of frames less than half a
            second apart one.
        gains: samples in which it is better, the best first, likewise.
        verdict_line: what follows, in words.
    """

    first: str
    second: str
    only_first: int
    only_second: int
    scored: int
    first_figures: Figures
    second_figures: Figures
    difference: float
    interval: Interval | None
    probability: float
    better: int
    worse: int
    joints: tuple[JointDifference, ...]
    losses: tuple[SampleDifference, ...]
    gains: tuple[SampleDifference, ...]
    verdict_line: str
    groups: tuple[GroupDifference, ...] = ()


_Pairs = Sequence[tuple[SampleScore, SampleScore]]


def compare(
    first: Sequence[SampleScore],
    second: Sequence[SampleScore],
    rules: Rules,
    names: tuple[str, str],
    columns: Sequence[str] = (),
) -> Comparison:
    """Compare two sets of answers, sample by sample.

    Args:
        first: rows of the one that is judged.
        second: rows of the one that it is judged by; samples are matched by their names.
        rules: confidence, resamples and seed.
        names: what to call the two.
        columns: of the data set; each of their values is compared by itself, too.

    Raises:
        UsageError: they have no sample in common that PDJ applies to.
    """
    others = {row.name: row for row in second}
    both = [(row, others[row.name]) for row in first if row.name in others]
    scored = [pair for pair in both if pair[0].pdj is not None and pair[1].pdj is not None]
    if not scored:
        raise UsageError(
            f'"{names[0]}" ({len(first)} samples) and "{names[1]}" ({len(second)} samples) have no '
            "scored sample of the same name\n"
            "  hint: both must be of the same data set"
        )
    differences = [_difference(*pair) for pair in scored]
    values = [each.difference for each in differences]
    generator = np.random.default_rng(rules.seed)
    evidence = _evidence(scored, values, rules, generator)
    losses = sum(value < 0 for value in values)
    gains = sum(value > 0 for value in values)
    return Comparison(
        first=names[0],
        second=names[1],
        only_first=len(first) - len(both),
        only_second=len(second) - len(both),
        scored=len(scored),
        first_figures=figures_of([row for row, _ in both], rules),
        second_figures=figures_of([row for _, row in both], rules),
        difference=float(np.mean(values)),
        interval=evidence.interval,
        probability=evidence.probability,
        better=gains,
        worse=losses,
        joints=_joints(scored, rules, generator),
        losses=_listed(scored, differences, sign=-1),
        gains=_listed(scored, differences, sign=1),
        verdict_line=_line(names, float(np.mean(values)), evidence, rules),
        groups=tuple(row for column in columns for row in _groups(scored, column, rules)),
    )


def _difference(first: SampleScore, second: SampleScore) -> SampleDifference:
    first_pdj, second_pdj = first.pdj or 0.0, second.pdj or 0.0
    return SampleDifference(first.name, first.place, first_pdj, second_pdj, first_pdj - second_pdj)


class _Evidence(NamedTuple):
    """How sure a mean difference is: number of units, interval, and probability by chance."""

    units: int
    interval: Interval | None
    probability: float


def _evidence(
    pairs: _Pairs, values: Sequence[float], rules: Rules, generator: np.random.Generator
) -> _Evidence:
    units = units_of(values, [row.unit for row, _ in pairs])
    interval = mean_interval(units, rules.confidence, rules.resamples, generator)
    chance = sign_flip_probability(units, rules.resamples, generator)
    return _Evidence(len(units), interval, chance)


def _listed(
    pairs: _Pairs, differences: Sequence[SampleDifference], *, sign: int
) -> tuple[SampleDifference, ...]:
    """The largest differences of one sign, the largest first."""
    found = {each.name: each for each in differences if each.difference * sign > 0}
    rows = [row for row, _ in pairs if row.name in found]
    rows.sort(key=lambda row: (-abs(found[row.name].difference), row.name))
    return tuple(found[row.name] for row in spread_out(rows))


def _groups(pairs: _Pairs, column: str, rules: Rules) -> Iterator[GroupDifference]:
    """Yield a row for each group; each has its own seed, so none depends on another's size."""
    groups: dict[str, list[tuple[SampleScore, SampleScore]]] = {}
    for pair in pairs:
        groups.setdefault(group_of(pair[0], column), []).append(pair)
    for name, members in sorted(groups.items()):
        differences = [_difference(*pair) for pair in members]
        values = [each.difference for each in differences]
        evidence = _evidence(members, values, rules, np.random.default_rng(rules.seed))
        yield GroupDifference(
            column=column,
            group=name,
            samples=len(members),
            first_pdj=float(np.mean([each.first_pdj for each in differences])),
            second_pdj=float(np.mean([each.second_pdj for each in differences])),
            difference=float(np.mean(values)),
            interval=evidence.interval,
            probability=evidence.probability if evidence.units > 1 else None,
        )


def _joints(
    pairs: _Pairs, rules: Rules, generator: np.random.Generator
) -> tuple[JointDifference, ...]:
    units = [row.unit for row, _ in pairs]
    is_labelled, first, second = (np.zeros((len(pairs), len(JOINTS)), np.bool_) for _ in range(3))
    for at, (row, other) in enumerate(pairs):
        if row.truth is not None and row.is_detected is not None and other.is_detected is not None:
            is_labelled[at] = row.truth.is_labelled
            first[at], second[at] = row.is_detected, other.is_detected
    rows = np.flatnonzero(is_labelled.any(axis=0))
    # Where the joint is not labelled, neither detected it: the difference is 0.
    changes = first.astype(np.int64) - second
    chances = [
        sign_flip_probability(units_of(changes[:, row].tolist(), units), rules.resamples, generator)
        for row in rows
    ]
    labelled = is_labelled.sum(axis=0)
    return tuple(
        JointDifference(
            joint=JOINTS[row],
            labelled=int(labelled[row]),
            first_pdj=float(100.0 * first[:, row].sum() / labelled[row]),
            second_pdj=float(100.0 * second[:, row].sum() / labelled[row]),
            difference=float(100.0 * changes[:, row].sum() / labelled[row]),
            probability=chance,
            adjusted_probability=adjusted,
        )
        for row, chance, adjusted in zip(rows, chances, holm(chances), strict=True)
    )


def holm(probabilities: Sequence[float]) -> list[float]:
    """Adjust the probabilities of several tests for there being several.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    order = sorted(range(len(probabilities)), key=lambda at: probabilities[at])
    adjusted = [0.0] * len(probabilities)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(probabilities) - rank) * probabilities[at]))
        adjusted[at] = highest
    return adjusted


def probability_text(probability: float) -> str:
    """Return a probability as it is written: three digits, or that it is below them."""
    return f"p = {probability:.3f}" if probability >= 0.001 else "p < 0.001"


def _line(
    names: tuple[str, str],
    difference: float,
    evidence: _Evidence,
    rules: Rules,
) -> str:
    first, second = names
    interval, probability = evidence.interval, evidence.probability
    if difference == 0:
        amount = f"{first} and {second} have the same PDJ"
    else:
        word = "higher" if difference > 0 else "lower"
        amount = f"{first} is {abs(difference):.1f} points of PDJ {word} than {second}"
    if difference == 0 and (interval is None or interval.low == interval.high):
        return f"{amount}, in each clip and picture."
    if interval is None:
        return f"{amount}; with a single clip or picture, nothing can be said of chance."
    reach = (
        f"{rules.confidence * 100:g} % interval {interval.low:+.1f} to {interval.high:+.1f}, "
        f"{probability_text(probability)}, {evidence.units} independent samples"
    )
    is_chance = probability > 1 - rules.confidence
    conclusion = "no more than chance would give" if is_chance else "more than chance would give"
    return f"{amount}: {conclusion} ({reach})."
