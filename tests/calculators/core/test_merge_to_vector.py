"""MergeToVectorCalculator."""

from __future__ import annotations

from calculators.core.merge_to_vector import MergeToVectorCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def test_elements_come_in_the_order_of_the_inputs() -> None:
    outputs = CalculatorRunner(MergeToVectorCalculator, inputs=["", ":1"]).run(
        {":1": [Packet("b", 1), Packet("c", 2)], "": [Packet("a", 1)]}
    )
    assert outputs[""].values == [("a", "b"), ("c",)]
    assert outputs[""].timestamps == [1, 2]


def test_a_time_without_any_element_gives_no_collection() -> None:
    with CalculatorRunner(MergeToVectorCalculator, inputs=["", ":1"]) as runner:
        runner.advance("", 5)
        runner.advance(":1", 5)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == 5
