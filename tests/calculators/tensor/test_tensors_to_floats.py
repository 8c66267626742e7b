from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_floats import TensorsToFloatsCalculator
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner, Outputs


def run(tensors: Any, outputs: list[str], **options: Any) -> Outputs:
    arrays = tuple(np.array(each, np.float32) for each in tensors)
    runner = CalculatorRunner(TensorsToFloatsCalculator, options=options, outputs=outputs)
    return runner.run({"TENSORS": [Packet(arrays, 0)]})


def test_one_value_is_a_float() -> None:
    values = run([[[0.25]]], ["FLOAT"])["FLOAT"].values
    assert values == [0.25]
    assert type(values[0]) is float


def test_several_values_keep_their_order() -> None:
    (values,) = run([[[1, 2], [3, 4]]], ["FLOATS"])["FLOATS"].values
    np.testing.assert_array_equal(values, [1, 2, 3, 4])


def test_the_sigmoid_is_applied_where_asked_for() -> None:
    assert run([[0.0]], ["FLOAT"], activation="SIGMOID")["FLOAT"].values == [0.5]


@pytest.mark.parametrize(
    ("tensors", "words"),
    [([[1.0], [2.0]], "found 2 tensors; expected one"), ([[1.0, 2.0]], "found 2 values")],
)
def test_what_is_not_one_value_is_told(tensors: Any, words: str) -> None:
    with pytest.raises(CalculatorError, match=words):
        run(tensors, ["FLOAT"])


def test_a_node_without_outputs_is_told() -> None:
    with pytest.raises(CalculatorError, match="expected FLOAT or FLOATS"):
        run([[1.0]], [])
