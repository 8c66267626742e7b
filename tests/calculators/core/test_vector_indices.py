"""VectorIndicesCalculator."""

from __future__ import annotations

from calculators.core.vector_indices import VectorIndicesCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def test_indices_count_from_zero() -> None:
    outputs = CalculatorRunner(VectorIndicesCalculator).run(
        {"VECTOR": [Packet("abc", 1), Packet([], 2)]}
    )
    assert outputs["INDICES"].values == [(0, 1, 2), ()]
