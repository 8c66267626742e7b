"""QuantizeFloatVectorCalculator, and the range that it shares with its opposite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from calculators.core.quantize_float_vector import QuantizeFloatVectorCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def encoded(values: Sequence[float], lowest: float = -64.0, highest: float = 64.0) -> Any:
    runner = CalculatorRunner(
        QuantizeFloatVectorCalculator,
        options={"min_quantized_value": lowest, "max_quantized_value": highest},
    )
    vector = np.array(values, np.float32)
    return runner.run({"FLOAT_VECTOR": [Packet(vector, 0)]})["ENCODED"].values[0]


def test_the_range_is_spread_over_a_byte() -> None:
    assert encoded([-64, 64]) == b"\x00\xff"
    assert encoded([0, 32, 63.9]) == bytes([127, 191, 254])


def test_numbers_outside_the_range_become_its_ends() -> None:
    assert encoded([-64.1, -1e30, 64.1, np.inf]) == b"\x00\x00\xff\xff"


def test_no_numbers_are_no_bytes() -> None:
    assert encoded([]) == b""


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(GraphflowError, match="found NaN"):
        encoded([0, np.nan])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_quantized_value": 1.0},
        {"min_quantized_value": 1.0},
        {"min_quantized_value": 1.0, "max_quantized_value": 1.0},
        {"min_quantized_value": 2.0, "max_quantized_value": 1.0},
    ],
)
def test_a_range_has_two_ends_in_order(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=r"Field required|the first to be the lower one"):
        CalculatorRunner(QuantizeFloatVectorCalculator, options=options)
