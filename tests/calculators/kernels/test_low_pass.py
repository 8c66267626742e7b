from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.low_pass import LowPassFilter


def test_first_sample_passes_and_the_next_mix_in_double() -> None:
    smoothing = LowPassFilter()
    samples = np.random.default_rng(1).normal(size=(20, 7)).astype(np.float32)
    alpha = np.float32(0.1)
    expected = samples[0]
    assert np.array_equal(smoothing.apply(samples[0], alpha), expected)
    for sample in samples[1:]:
        mixed = [
            np.float32(float(alpha * x) + (1.0 - float(alpha)) * float(y))
            for x, y in zip(sample, expected, strict=True)
        ]
        expected = np.array(mixed, np.float32)
        assert np.array_equal(smoothing.apply(sample, alpha), expected)


def test_alpha_may_differ_per_value() -> None:
    smoothing = LowPassFilter()
    smoothing.apply(np.zeros(3, np.float32), 0.5)
    alphas = np.array([0, 0.25, 1], np.float32)
    assert smoothing.apply(np.full(3, 8, np.float32), alphas).tolist() == [0, 2, 8]


def test_last_input_is_the_raw_one() -> None:
    smoothing = LowPassFilter()
    assert smoothing.last_input is None
    for value in (1.0, 5.0):
        smoothing.apply(np.array([value], np.float32), 0.1)
    assert smoothing.last_input is not None
    assert smoothing.last_input.tolist() == [5]


def test_reset_forgets() -> None:
    smoothing = LowPassFilter()
    smoothing.apply(np.zeros(2, np.float32), 0.1)
    smoothing.reset()
    assert smoothing.last_input is None
    assert smoothing.apply(np.full(3, 4, np.float32), 0.1).tolist() == [4, 4, 4]


def test_the_state_does_not_follow_the_callers_arrays() -> None:
    smoothing = LowPassFilter()
    values = np.zeros(1, np.float32)
    result = smoothing.apply(values, 0.5)
    values[:] = 100
    result[:] = 100
    assert smoothing.apply(np.full(1, 2, np.float32), 0.5).tolist() == [1]


def test_another_shape_is_refused() -> None:
    smoothing = LowPassFilter()
    smoothing.apply(np.zeros(33, np.float32), 0.1)
    with pytest.raises(ValueError, match=r"found \(39,\) values after \(33,\)"):
        smoothing.apply(np.zeros(39, np.float32), 0.1)


def test_no_values_are_fine() -> None:
    smoothing = LowPassFilter()
    for _ in range(2):
        assert smoothing.apply(np.zeros((0, 3), np.float32), 0.1).shape == (0, 3)
