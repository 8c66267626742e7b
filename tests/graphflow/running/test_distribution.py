"""Distribution: quantiles that are exact for few values, and near for many, in little memory."""

from __future__ import annotations

import random

import pytest

from graphflow.running.distribution import EXACT_MAX, Distribution


def distribution_of(values: list[int]) -> Distribution:
    distribution = Distribution()
    for value in values:
        distribution.add(value)
    return distribution


def test_nothing_has_no_quantile() -> None:
    assert Distribution().quantile(0.5) is None


@pytest.mark.parametrize(
    ("values", "median", "high"),
    [([7], 7, 7), ([3, 1], 1, 3), ([30, 10, 20], 20, 30), (list(range(1, 101)), 50, 95)],
)
def test_few_values_have_exact_quantiles(values: list[int], median: int, high: int) -> None:
    distribution = distribution_of(values)
    assert (distribution.quantile(0.5), distribution.quantile(0.95)) == (median, high)
    assert distribution.quantile(1.0) == distribution.maximum == max(values)


def test_a_value_below_zero_counts_as_zero() -> None:
    distribution = distribution_of([-5])
    assert (distribution.quantile(0.5), distribution.maximum) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_of_many_values_quantiles_are_at_most_a_128th_too_large(seed: int) -> None:
    chooser = random.Random(seed)
    values = [round(10 ** chooser.uniform(0, 8)) for _ in range(4 * EXACT_MAX)]
    distribution, ordered = distribution_of(values), sorted(values)
    for share in (0.01, 0.5, 0.95, 0.999, 1.0):
        exact = ordered[round(share * len(values) + 0.4999) - 1]
        found = distribution.quantile(share)
        assert found is not None
        assert exact <= found <= exact * (1 + 1 / 128)
    assert distribution.quantile(1.0) == max(values)


def test_no_number_of_values_takes_more_memory_than_its_buckets() -> None:
    chooser = random.Random(0)
    distribution = distribution_of([chooser.randrange(1_000_000) for _ in range(50_000)])
    assert not distribution._first
    assert len(distribution._counts) <= 128 * 14
