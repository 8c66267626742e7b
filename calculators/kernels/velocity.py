"""The relative velocity filter: smoothing that weakens with the mean speed over a window.

State: the last value, scale and timestamp, and a window of the last (distance, duration) pairs,
newest first. The window starts full of zero pairs, as in the source.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

import numpy as np

from calculators.kernels.low_pass import LowPassFilter
from calculators.types import FloatArray

_NANOSECONDS_PER_MICROSECOND = 1000
_SECONDS_PER_NANOSECOND = 1e-9
_NEVER_NS = -1
# A window element longer than a frame at 30 Hz is too old to say anything about the speed.
_ASSUMED_LONGEST_DURATION_NS = 1_000_000_000 // 30


class DistanceMode(Enum):
    """How the distance between two samples is scaled."""

    LEGACY_TRANSITION = "LEGACY_TRANSITION"
    """Each sample by its own scale."""
    FORCE_CURRENT_SCALE = "FORCE_CURRENT_SCALE"
    """The difference by the newer scale, which makes it independent of the origin."""


class RelativeVelocityFilter:
    """Filters an array of values that share a clock and a scale.

    Args:
        window_size: Number of past steps that the speed is taken over.
        velocity_scale: Larger follows fast movement sooner.
        distance_mode: How distances are scaled.

    Source: MediaPipe, util/filtering/relative_velocity_filter.cc
    """

    def __init__(
        self,
        *,
        window_size: int = 5,
        velocity_scale: float = 10.0,
        distance_mode: DistanceMode = DistanceMode.LEGACY_TRANSITION,
    ) -> None:
        self._window_size = window_size
        self._velocity_scale = np.float32(velocity_scale)
        self._distance_mode = distance_mode
        self._low_pass = LowPassFilter()
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        zero = np.zeros((), np.float32)
        self._window: deque[tuple[FloatArray, int]] = deque(
            [(zero, 0)] * self._window_size, maxlen=self._window_size
        )
        self._last_scale = np.float32(1)
        self._last_timestamp_ns = _NEVER_NS
        self._low_pass.reset()

    def apply(
        self, values: FloatArray, timestamp_us: int, value_scale: float | np.float32 = 1.0
    ) -> FloatArray:
        """Filter one sample of each value.

        Args:
            values: Any shape, float32; the same on each call until ``reset``.
            timestamp_us: Microseconds; later than on the last call, else nothing is filtered.
            value_scale: Factor that makes distances comparable, such as 1 / object size.

        Returns:
            float32, same shape; a new array.
        """
        values = np.asarray(values, np.float32)
        scale = np.float32(value_scale)
        timestamp_ns = timestamp_us * _NANOSECONDS_PER_MICROSECOND
        if self._last_timestamp_ns >= timestamp_ns:
            return np.array(values, np.float32)
        alpha: FloatArray | np.float32 = np.float32(1)
        if self._last_timestamp_ns != _NEVER_NS:
            duration_ns = timestamp_ns - self._last_timestamp_ns
            alpha = self._alpha(self._distance(values, scale), duration_ns)
        self._last_scale = scale
        self._last_timestamp_ns = timestamp_ns
        return self._low_pass.apply(values, alpha)

    def _distance(self, values: FloatArray, scale: np.float32) -> FloatArray:
        last_values = self._low_pass.last_input
        assert last_values is not None  # a last timestamp implies a last sample
        distance: FloatArray = scale * (values - last_values)
        if self._distance_mode is DistanceMode.LEGACY_TRANSITION:
            distance = values * scale - last_values * self._last_scale
        return distance

    def _alpha(self, distance: FloatArray, duration_ns: int) -> FloatArray:
        """Return the weight of the new values, and remember this step."""
        total_distance, total_ns = distance, duration_ns
        limit_ns = (1 + len(self._window)) * _ASSUMED_LONGEST_DURATION_NS
        for past_distance, past_ns in self._window:
            if total_ns + past_ns > limit_ns:
                break
            total_distance = total_distance + past_distance
            total_ns += past_ns
        seconds = total_ns * _SECONDS_PER_NANOSECOND
        velocity = (total_distance.astype(np.float64) / seconds).astype(np.float32)
        self._window.appendleft((distance, duration_ns))
        one = np.float32(1)
        alpha: FloatArray = one - one / (one + self._velocity_scale * np.abs(velocity))
        return alpha
