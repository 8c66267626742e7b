"""DequantizeByteArrayCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.core.dequantize_byte_array import DequantizeByteArrayCalculator
from calculators.core.quantize_float_vector import quantized
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def decoded(encoded: bytes, lowest: float = -2.0, highest: float = 2.0) -> Any:
    runner = CalculatorRunner(
        DequantizeByteArrayCalculator,
        options={"min_quantized_value": lowest, "max_quantized_value": highest},
    )
    return runner.run({"ENCODED": [Packet(encoded, 0)]})["FLOAT_VECTOR"].values[0]


def test_bytes_are_spread_over_the_range() -> None:
    values = decoded(bytes([0, 127, 255]))
    # 1/512 of the range of 4 is 0.0078125.
    expected = [-1.9921875, -2 + 127 * 4 / 255 + 1 / 128, 2.0078125]
    assert values.tolist() == pytest.approx(expected, abs=1e-6)
    assert values.dtype == np.float32


def test_numbers_come_back_within_a_step() -> None:
    numbers = np.linspace(-64, 64, 1000, dtype=np.float32)
    values = decoded(quantized(numbers, -64.0, 64.0), -64.0, 64.0)
    assert np.abs(values - numbers).max() <= 128 / 255


def test_no_bytes_are_no_numbers() -> None:
    assert decoded(b"").shape == (0,)
