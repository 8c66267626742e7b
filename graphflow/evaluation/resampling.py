"""Bootstrap and permutation tests, seeded: how far a figure could be from the one that was found.

Frames of one clip resemble each other, so whole clips are drawn, not frames: what is drawn is a
*unit*, the frames of one clip or one picture, with the sum of its values and their number.

A bootstrap of n units draws n - 1 of them: the means it gives then spread as means of n units do,
also where n is small (drawing n, they would spread too little by the factor (n - 1) / n).

Sources: B. Efron, R. Tibshirani, An introduction to the bootstrap, 1993; J. Rao, C. Wu, Resampling
inference with complex survey data, 1988 (n - 1).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from graphflow.evaluation.samples import FloatArray

_DRAWN_MAX: Final = 1 << 20
"""So many units are drawn at a time: memory stays flat."""


@dataclass(frozen=True, eq=False)
class Units:
    """The independent parts of a set of values.

    Attributes:
        sums: (N,) float64; the sum of each unit's values.
        counts: (N,) float64; how many values each unit has.
    """

    sums: FloatArray
    counts: FloatArray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.sums)


@dataclass(frozen=True)
class Interval:
    """Where a figure lies with the confidence of the rules.

    Attributes:
        low: its lower end.
        high: its upper end.
    """

    low: float
    high: float


def units_of(values: Sequence[float], names: Sequence[Hashable]) -> Units:
    """Return the units of some values; values of one name belong together."""
    index: dict[Hashable, int] = {}
    rows = np.array([index.setdefault(name, len(index)) for name in names], np.int64)
    counts = np.bincount(rows, minlength=len(index)).astype(np.float64)
    weights = np.asarray(values, np.float64)
    sums = np.bincount(rows, weights, len(index)).astype(np.float64)
    return Units(sums, counts)


def bootstrap_means(units: Units, resamples: int, generator: np.random.Generator) -> FloatArray:
    """Return the means of drawn units.

    Args:
        units: at least two.
        resamples: how many means.
        generator: of random numbers.

    Returns:
        (resamples,) float64.
    """
    drawn = max(len(units) - 1, 1)
    means = []
    for rows in _batches(resamples, drawn):
        chosen = generator.integers(0, len(units), (rows, drawn))
        means.append(units.sums[chosen].sum(axis=1) / units.counts[chosen].sum(axis=1))
    return np.concatenate(means)


def mean_interval(
    units: Units, confidence: float, resamples: int, generator: np.random.Generator
) -> Interval | None:
    """Return the percentile interval of the mean; None for fewer than two units."""
    if len(units) < 2:
        return None
    return percentiles(bootstrap_means(units, resamples, generator), confidence)


def percentiles(drawn: FloatArray, confidence: float) -> Interval:
    """Return the middle part of drawn figures."""
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def sign_flip_probability(units: Units, resamples: int, generator: np.random.Generator) -> float:
    """Return how likely a mean as far from 0 is, if each unit's sign were a matter of chance.

    Returns:
        (1 + drawn means as far from 0) / (1 + resamples), in (0, 1]; 1 without a unit.
    """
    sums = units.sums[units.sums != 0]
    if not sums.size:
        return 1.0
    found = abs(float(sums.sum()))
    as_far = 0
    for rows in _batches(resamples, sums.size):
        signs = generator.integers(0, 2, (rows, sums.size)) * 2 - 1
        # Sums of the same numbers in another order differ in their last bits.
        as_far += int((np.abs(signs @ sums) >= found * (1 - 1e-9)).sum())
    return (1 + as_far) / (1 + resamples)


def shuffled_ranges(
    units: Units, sizes: Sequence[int], resamples: int, generator: np.random.Generator
) -> FloatArray:
    """Return the ranges between groups' means if it were chance which unit is in which group.

    Args:
        units: of all groups.
        sizes: how many units each group has; their sum is the number of units.
        resamples: how many ranges.
        generator: of random numbers.

    Returns:
        (resamples,) float64.
    """
    starts = np.cumsum([0, *sizes[:-1]])
    ranges = []
    for rows in _batches(resamples, len(units)):
        order = generator.permuted(np.tile(np.arange(len(units)), (rows, 1)), axis=1)
        sums = np.add.reduceat(units.sums[order], starts, axis=1)
        means = sums / np.add.reduceat(units.counts[order], starts, axis=1)
        ranges.append(np.ptp(means, axis=1))
    return np.concatenate(ranges)


def _batches(resamples: int, size: int) -> Iterator[int]:
    batch = max(1, _DRAWN_MAX // size)
    for start in range(0, resamples, batch):
        yield min(batch, resamples - start)
