from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.velocity import DistanceMode, RelativeVelocityFilter


class ScalarVelocity:
    """One value, written as the source writes it."""

    def __init__(self, mode: DistanceMode) -> None:
        self.mode = mode
        self.window: list[tuple[np.float32, int]] = [(np.float32(0), 0)] * 5
        self.last_ns = -1
        self.raw = self.scale = self.value = np.float32(0)

    def apply(self, value: np.float32, timestamp_us: int, scale: np.float32) -> np.float32:
        now_ns = timestamp_us * 1000
        if self.last_ns >= now_ns:
            return value
        if self.last_ns == -1:
            self.value = value
        else:
            distance = scale * (value - self.raw)
            if self.mode is DistanceMode.LEGACY_TRANSITION:
                distance = value * scale - self.raw * self.scale
            duration = now_ns - self.last_ns
            total, total_ns = distance, duration
            for past, past_ns in self.window:
                if total_ns + past_ns > 6 * 33_333_333:
                    break
                total, total_ns = total + past, total_ns + past_ns
            velocity = np.float32(float(total) / (total_ns * 1e-9))
            one = np.float32(1)
            alpha = one - one / (one + np.float32(10) * np.abs(velocity))
            self.window = [(distance, duration), *self.window][:5]
            mixed = float(alpha * value) + (1.0 - float(alpha)) * float(self.value)
            self.value = np.float32(mixed)
        self.raw, self.scale, self.last_ns = value, scale, now_ns
        return self.value


@pytest.mark.parametrize("mode", list(DistanceMode))
@pytest.mark.parametrize("longest_us", [40_000, 90_000, 400_000])
def test_filter_equals_the_scalar_one(mode: DistanceMode, longest_us: int) -> None:
    rng = np.random.default_rng(longest_us)
    whole = RelativeVelocityFilter(distance_mode=mode)
    single = [ScalarVelocity(mode) for _ in range(4)]
    sample, time_us = np.full(4, 100, np.float32), 0
    for _ in range(30):
        sample = (sample + rng.normal(0, 2, 4)).astype(np.float32)
        scale = np.float32(1) / np.float32(rng.uniform(90, 110))
        expected = [one.apply(x, time_us, scale) for one, x in zip(single, sample, strict=True)]
        assert np.array_equal(whole.apply(sample, time_us, scale), np.array(expected))
        time_us += int(rng.integers(1000, longest_us))


def test_a_timestamp_that_does_not_advance_is_not_filtered() -> None:
    smoothing = RelativeVelocityFilter()
    smoothing.apply(np.zeros(1, np.float32), 1000)
    assert smoothing.apply(np.array([7], np.float32), 1000).tolist() == [7]


def test_a_still_value_stays() -> None:
    smoothing = RelativeVelocityFilter()
    for step in range(5):
        assert smoothing.apply(np.array([3], np.float32), step * 33333).tolist() == [3]


def test_reset_starts_over() -> None:
    smoothing = RelativeVelocityFilter()
    for value in (1, 2):
        smoothing.apply(np.array([value], np.float32), value * 1000)
    smoothing.reset()
    assert smoothing.apply(np.array([9, 9], np.float32), 10).tolist() == [9, 9]


def test_no_values_are_fine() -> None:
    smoothing = RelativeVelocityFilter()
    for step in (1, 2):
        assert smoothing.apply(np.zeros((0, 3), np.float32), step).shape == (0, 3)
