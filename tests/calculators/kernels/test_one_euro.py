from __future__ import annotations

import math

import numpy as np
import pytest

from calculators.kernels.one_euro import OneEuroFilter
from calculators.types import FloatArray


class ScalarOneEuro:
    """One value, written as the source writes it."""

    def __init__(self, min_cutoff: float, beta: float) -> None:
        self.min_cutoff, self.beta = float(np.float32(min_cutoff)), float(np.float32(beta))
        self.frequency, self.last_ns = 30.0, -1
        self.raw: np.float32 | None = None
        self.value = self.speed = np.float32(0)

    def alpha(self, cutoff: float) -> np.float32:
        period = 1.0 / self.frequency
        return np.float32(1.0 / (1.0 + 1.0 / (2 * math.pi * cutoff) / period))

    @staticmethod
    def mix(alpha: np.float32, new: np.float32, old: np.float32) -> np.float32:
        return np.float32(float(alpha * new) + (1.0 - float(alpha)) * float(old))

    def apply(self, value: np.float32, timestamp_us: int, scale: np.float32) -> np.float32:
        now_ns = timestamp_us * 1000
        if self.last_ns >= now_ns:
            return value
        if self.last_ns != 0 and now_ns != 0:
            self.frequency = 1.0 / ((now_ns - self.last_ns) * 1e-9)
        self.last_ns = now_ns
        if self.raw is None:
            self.speed, self.value = np.float32(0), value
        else:
            change = (float(value) - float(self.raw)) * float(scale) * self.frequency
            self.speed = self.mix(self.alpha(1.0), np.float32(change), self.speed)
            cutoff = self.min_cutoff + self.beta * abs(float(self.speed))
            self.value = self.mix(self.alpha(cutoff), value, self.value)
        self.raw = value
        return self.value


def walk(seed: int, steps: int, count: int) -> FloatArray:
    moves = np.random.default_rng(seed).normal(0, 3, (steps, count))
    return (200 + np.cumsum(moves, axis=0)).astype(np.float32)


@pytest.mark.parametrize("first_us", [0, 33333])
@pytest.mark.parametrize(("min_cutoff", "beta"), [(0.05, 80.0), (0.01, 10.0), (0.1, 40.0)])
def test_filter_equals_the_scalar_one(first_us: int, min_cutoff: float, beta: float) -> None:
    rng = np.random.default_rng(2)
    samples = walk(1, 30, 6)
    whole = OneEuroFilter(min_cutoff=min_cutoff, beta=beta)
    single = [ScalarOneEuro(min_cutoff, beta) for _ in range(6)]
    time_us = first_us
    for sample in samples:
        scale = np.float32(1) / np.float32(rng.uniform(50, 400))
        expected = [one.apply(x, time_us, scale) for one, x in zip(single, sample, strict=True)]
        assert np.array_equal(whole.apply(sample, time_us, scale), np.array(expected))
        time_us += int(rng.integers(1000, 200_000))


def test_a_timestamp_that_does_not_advance_changes_nothing() -> None:
    samples = walk(3, 4, 2)
    disturbed, plain = (OneEuroFilter(min_cutoff=0.05, beta=80.0) for _ in range(2))
    for one in (disturbed, plain):
        one.apply(samples[0], 1000)
    assert np.array_equal(disturbed.apply(samples[1], 1000), samples[1])
    assert np.array_equal(disturbed.apply(samples[2], 500), samples[2])
    assert np.array_equal(disturbed.apply(samples[3], 9000), plain.apply(samples[3], 9000))


def test_a_first_timestamp_of_zero_leaves_the_second_sample_at_30_hz() -> None:
    samples = walk(4, 2, 2)
    from_zero, assumed = (OneEuroFilter(min_cutoff=1.0, beta=0.0) for _ in range(2))
    from_zero.apply(samples[0], 0)
    slow = from_zero.apply(samples[1], 1_000_000)
    alpha = 1 / (1 + 1 / (2 * math.pi) * 30)
    expected = alpha * samples[1].astype(float) + (1 - alpha) * samples[0].astype(float)
    assert np.allclose(slow, expected, atol=1e-4)
    assumed.apply(samples[0], 1)
    assert not np.allclose(assumed.apply(samples[1], 1_000_001), slow, atol=0.1)


def test_a_still_value_stays_and_a_fast_one_is_followed() -> None:
    still, fast = (OneEuroFilter(min_cutoff=0.05, beta=80.0) for _ in range(2))
    value = np.array([10.0], np.float32)
    for step in range(1, 20):
        assert still.apply(value, step * 33333).tolist() == [10.0]
        moved = np.array([step * 50.0], np.float32)
        found = fast.apply(moved, step * 33333)
    assert abs(float(found[0] - moved[0])) < 5


def test_reset_starts_over() -> None:
    samples = walk(5, 3, 2)
    smoothing = OneEuroFilter(min_cutoff=0.05, beta=80.0)
    first = [smoothing.apply(sample, 10 + step) for step, sample in enumerate(samples)]
    smoothing.reset()
    again = [smoothing.apply(sample, 10 + step) for step, sample in enumerate(samples)]
    assert np.array_equal(first, again)


def test_no_values_are_fine() -> None:
    smoothing = OneEuroFilter(min_cutoff=0.05, beta=80.0)
    for step in (1, 2):
        assert smoothing.apply(np.zeros((0, 3), np.float32), step).shape == (0, 3)
