"""MakePairCalculator."""

from __future__ import annotations

import pytest

from calculators.core.make_pair import MakePairCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def test_two_packets_become_a_pair_and_an_empty_one_none() -> None:
    outputs = CalculatorRunner(MakePairCalculator, inputs=["", ":1"]).run(
        {"": [Packet("a", 1), Packet("b", 2)], ":1": [Packet(7, 2), Packet(8, 3)]}
    )
    assert outputs[""].values == [("a", None), ("b", 7), (None, 8)]
    assert outputs[""].timestamps == [1, 2, 3]


@pytest.mark.parametrize("inputs", [[""], ["", ":1", ":2"]])
def test_another_number_of_inputs_than_two_is_refused(inputs: list[str]) -> None:
    with pytest.raises(GraphflowError, match=f"found {len(inputs)} input streams; expected 2"):
        CalculatorRunner(MakePairCalculator, inputs=inputs).run({})
