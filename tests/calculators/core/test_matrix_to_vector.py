"""MatrixToVectorCalculator."""

from __future__ import annotations

import numpy as np

from calculators.core.matrix_to_vector import MatrixToVectorCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def test_numbers_come_column_by_column() -> None:
    matrix = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    outputs = CalculatorRunner(MatrixToVectorCalculator).run({"": [Packet(matrix, 0)]})
    (vector,) = outputs[""].values
    assert vector.tolist() == [1, 4, 2, 5, 3, 6]
    assert vector.dtype == np.float32


def test_the_vector_is_a_copy() -> None:
    matrix = np.zeros((1, 3), np.float32)
    outputs = CalculatorRunner(MatrixToVectorCalculator).run({"": [Packet(matrix, 0)]})
    assert not np.shares_memory(outputs[""].values[0], matrix)


def test_an_empty_matrix_is_an_empty_vector() -> None:
    outputs = CalculatorRunner(MatrixToVectorCalculator).run({"": [Packet(np.zeros((0, 3)), 0)]})
    assert outputs[""].values[0].shape == (0,)
