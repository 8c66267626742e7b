"""SidePacketLogicCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.flow.side_packet_logic import SidePacketLogicCalculator
from graphflow import GraphflowError
from graphflow.testing import CalculatorRunner


def joined(*conditions: bool, **options: Any) -> Any:
    tags = [f":{position}" if position else "" for position in range(len(conditions))]
    runner = CalculatorRunner(
        SidePacketLogicCalculator, options=options, side_inputs=tags, side_outputs=[""]
    )
    outputs = runner.run({}, side_packets=dict(zip(tags, conditions, strict=True)))
    return outputs.side[":0"]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_truth_tables(first: bool, second: bool) -> None:
    assert joined(first, second) is (first and second)
    assert joined(first, second, op="OR") is (first or second)
    assert joined(first, second, negate=[1]) is (first and not second)
    assert joined(first, second, op="OR", negate=[0]) is (not first or second)
    assert joined(first, second, negate_output=True) is not (first and second)


def test_one_condition_passes_unchanged() -> None:
    assert joined(True) is True
    assert joined(False, negate=[0]) is True


def test_a_negated_position_that_is_not_connected_is_refused() -> None:
    with pytest.raises(GraphflowError, match=r"found position 2; expected .* 0 and 1"):
        joined(True, True, negate=[2])


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="op"):
        joined(True, op="XOR")


def test_three_conditions_are_joined() -> None:
    assert joined(True, True, False) is False
    assert joined(True, True, False, negate=[2]) is True
    assert joined(False, False, True, op="OR") is True
    assert joined(False, True, True, op="OR", negate=[1, 2], negate_output=True) is True
