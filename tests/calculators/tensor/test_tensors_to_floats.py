"""TensorsToFloatsCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_floats import TensorsToFloatsCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError, ContractError


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
    with pytest.raises(ContractError, match="expected FLOAT or FLOATS"):
        run([[1.0]], [])


def test_both_outputs_tell_the_same_value() -> None:
    outputs = run([[0.25]], ["FLOAT", "FLOATS"])
    assert outputs["FLOAT"].values == [0.25]
    np.testing.assert_array_equal(outputs["FLOATS"].values[0], [0.25])


def test_several_values_may_be_none() -> None:
    (values,) = run([[]], ["FLOATS"])["FLOATS"].values
    assert values.shape == (0,)


def test_what_is_emitted_is_not_the_models_memory() -> None:
    tensor = np.array([1.0, 2.0], np.float32)
    runner = CalculatorRunner(TensorsToFloatsCalculator, outputs=["FLOATS"])
    outputs = runner.run({"TENSORS": [Packet((tensor,), 0)]})
    assert not np.shares_memory(outputs["FLOATS"].values[0], tensor)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(TensorsToFloatsCalculator, outputs=["FLOAT"]) as runner:
        runner.advance("TENSORS", 9)
        assert runner.outputs["FLOAT"].values == []
        assert runner.outputs["FLOAT"].bound == 9


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="activation"):
        run([[1.0]], ["FLOAT"], activation="SOFTMAX")
