"""The One-Euro filter: smooths more when a value moves slowly, follows when it moves fast.

State: two low-pass filters (value and its derivative), the last timestamp and the sampling
frequency it implies. A timestamp that is not later than the last changes nothing.
"""

from __future__ import annotations

import math

import numpy as np

from calculators.kernels.low_pass import LowPassFilter
from calculators.types import FloatArray

_NANOSECONDS_PER_MICROSECOND = 1000
_SECONDS_PER_NANOSECOND = 1e-9
_NEVER_NS = -1


class OneEuroFilter:
    """Filters an array of values that share a clock.

    Args:
        min_cutoff: Cut-off frequency at rest, in Hz; above 0.
        beta: Hz of cut-off per unit of scaled speed; at least 0.
        derivate_cutoff: Cut-off frequency of the speed, in Hz; above 0.
        frequency: Samples per second assumed until two timestamps are known, in Hz.

    Source: MediaPipe, util/filtering/one_euro_filter.cc
    """

    def __init__(
        self,
        *,
        min_cutoff: float,
        beta: float,
        derivate_cutoff: float = 1.0,
        frequency: float = 30.0,
    ) -> None:
        # The options are float32 fields; the filter keeps them as doubles.
        self._min_cutoff = float(np.float32(min_cutoff))
        self._beta = float(np.float32(beta))
        self._derivate_cutoff = float(np.float32(derivate_cutoff))
        self._initial_frequency = float(np.float32(frequency))
        self._values = LowPassFilter()
        self._speeds = LowPassFilter()
        self._last_timestamp_ns = _NEVER_NS
        self._frequency = self._initial_frequency

    def reset(self) -> None:
        """Forget the past."""
        self._values.reset()
        self._speeds.reset()
        self._last_timestamp_ns = _NEVER_NS
        self._frequency = self._initial_frequency

    def apply(
        self, values: FloatArray, timestamp_us: int, value_scale: float | np.float32 = 1.0
    ) -> FloatArray:
        """Filter one sample of each value.

        Args:
            values: Any shape, float32; the same on each call until ``reset``.
            timestamp_us: Microseconds; later than on the last call, else nothing is filtered.
            value_scale: Factor that makes speeds comparable, such as 1 / object size.

        Returns:
            float32, same shape; a new array.
        """
        timestamp_ns = timestamp_us * _NANOSECONDS_PER_MICROSECOND
        if self._last_timestamp_ns >= timestamp_ns:
            return np.array(values, np.float32)
        # A first timestamp of exactly 0 counts as "no timestamp" in the source, so the second
        # sample still uses the initial frequency.
        if self._last_timestamp_ns != 0 and timestamp_ns != 0:
            elapsed_ns = timestamp_ns - self._last_timestamp_ns
            self._frequency = 1.0 / (elapsed_ns * _SECONDS_PER_NANOSECOND)
        self._last_timestamp_ns = timestamp_ns
        last_input = self._values.last_input
        if last_input is None:
            speeds = np.zeros(np.shape(values), np.float32)
        else:
            difference = np.subtract(values, last_input, dtype=np.float64)
            difference *= float(value_scale)
            difference *= self._frequency
            speeds = difference.astype(np.float32)
        smooth_speeds = self._speeds.apply(speeds, np.float32(self._alpha(self._derivate_cutoff)))
        cutoffs = np.abs(smooth_speeds.astype(np.float64))
        cutoffs *= self._beta
        cutoffs += self._min_cutoff
        return self._values.apply(values, self._alphas(cutoffs).astype(np.float32))

    def _alpha(self, cutoff: float) -> float:
        period = 1.0 / self._frequency
        time_constant = 1.0 / (2 * math.pi * cutoff)
        return 1.0 / (1.0 + time_constant / period)

    def _alphas(
        self, cutoffs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        period = 1.0 / self._frequency
        cutoffs *= 2 * math.pi
        time_constants = np.divide(1.0, cutoffs)
        time_constants /= period
        time_constants += 1.0
        return np.divide(1.0, time_constants)
