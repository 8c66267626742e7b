"""InverseMatrixCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.inverse_matrix import InverseMatrixCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord, make_read_only


def invert(matrix: Any) -> OutputRecord:
    given = make_read_only(np.array(matrix, np.float32))
    return CalculatorRunner(InverseMatrixCalculator).run({"MATRIX": [Packet(given, 3)]})["MATRIX"]


def test_scale_and_shift_are_undone() -> None:
    found = invert([[0.5, 0, 0, 0.25], [0, 0.25, 0, 0.5], [0, 0, 2, 0], [0, 0, 0, 1]])
    assert found.timestamps == [3]
    np.testing.assert_array_equal(
        found.values[0], [[2, 0, 0, -0.5], [0, 4, 0, -2], [0, 0, 0.5, 0], [0, 0, 0, 1]]
    )


@pytest.mark.parametrize("angle_rad", [0.0, 0.4, -2.0, 3.0])
def test_a_matrix_times_its_inverse_is_one(angle_rad: float) -> None:
    cosine, sine = 0.5 * np.cos(angle_rad), 0.3 * np.sin(angle_rad)
    matrix = [[cosine, -sine, 0, 0.1], [sine, cosine, 0, 0.3], [0, 0, 0.6, 0], [0, 0, 0, 1]]
    (inverse,) = invert(matrix).values
    np.testing.assert_allclose(inverse @ np.array(matrix, np.float32), np.eye(4), atol=1e-6)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(InverseMatrixCalculator) as runner:
        runner.advance("MATRIX", 9)
        assert runner.outputs["MATRIX"].values == []
        assert runner.outputs["MATRIX"].bound == 9
