"""MatrixMultiplyCalculator."""

from __future__ import annotations

import numpy as np
import pytest

from calculators.core.matrix_multiply import MatrixMultiplyCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def product(side: list[list[float]], stream: list[list[float]]) -> object:
    runner = CalculatorRunner(MatrixMultiplyCalculator)
    packet = Packet(np.array(stream, np.float32), 5)
    (result,) = runner.run({"": [packet]}, side_packets={"": np.array(side, np.float32)})[""].values
    assert result.dtype == np.float32
    return result.tolist()


def test_the_side_packet_is_the_left_operand() -> None:
    assert product([[1, 2], [3, 4]], [[0, 1], [1, 0]]) == [[2, 1], [4, 3]]
    assert product([[1, 2]], [[3], [4]]) == [[11]]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(GraphflowError, match=r"found \(1, 2\) times \(1, 2\)"):
        product([[1, 2]], [[3, 4]])
