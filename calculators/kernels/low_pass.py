"""Exponential smoothing of whole arrays: the filter inside the other two.

State: the last output and the last raw input, both ``None`` before the first call. The shape is
fixed by the first call; another shape is an error until ``reset``.
"""

from __future__ import annotations

import numpy as np

from calculators.types import FloatArray


class LowPassFilter:
    """y = alpha * x + (1 - alpha) * y_previous, per value.

    Source: MediaPipe, util/filtering/low_pass_filter.cc
    """

    def __init__(self) -> None:
        self._last_output: FloatArray | None = None
        self._last_input: FloatArray | None = None

    def reset(self) -> None:
        """Forget the past."""
        self._last_output = None
        self._last_input = None

    @property
    def last_input(self) -> FloatArray | None:
        """The values of the last call, unfiltered; ``None`` before the first."""
        return self._last_input

    def apply(self, values: FloatArray, alpha: FloatArray | np.float32 | float) -> FloatArray:
        """Filter one sample of each value.

        The first product is float32 and the second double, as C++ promotes them.

        Args:
            values: Any shape, float32.
            alpha: Weight of the new values in [0, 1]; a scalar or the shape of ``values``.

        Returns:
            float32, same shape; a new array. On the first call, a copy of ``values``.

        Raises:
            ValueError: The shape differs from the first call's.
        """
        values = np.array(values, np.float32)
        result: FloatArray = values.copy()
        if self._last_output is not None:
            if values.shape != self._last_output.shape:
                raise ValueError(
                    f"found {values.shape} values after {self._last_output.shape}; "
                    "expected one shape until reset"
                )
            weight = np.asarray(alpha, np.float32)
            rest = 1.0 - weight.astype(np.float64)
            result = (weight * values + rest * self._last_output.astype(np.float64)).astype(
                np.float32
            )
        # The caller may keep and change its array; the state must not follow.
        self._last_input = values
        self._last_output = result.copy()
        return result
