"""VectorSizeCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.core.vector_size import VectorSizeCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner


@pytest.mark.parametrize(
    ("vector", "size"), [([], 0), (("a", "b"), 2), (np.zeros((3, 5)), 3), ("four", 4)]
)
def test_elements_are_counted(vector: Any, size: int) -> None:
    outputs = CalculatorRunner(VectorSizeCalculator).run({"VECTOR": [Packet(vector, 7)]})
    assert outputs["SIZE"].values == [size]
    assert outputs["SIZE"].timestamps == [7]


def test_an_empty_time_is_settled() -> None:
    with CalculatorRunner(VectorSizeCalculator) as runner:
        runner.advance("VECTOR", 5)
        assert runner.outputs["SIZE"].bound == 5
