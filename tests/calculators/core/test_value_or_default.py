"""ValueOrDefaultCalculator."""

from __future__ import annotations

from calculators.core.value_or_default import ValueOrDefaultCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs

TICKS = [0, 1, 5, 8, 12, 231]


def answers(times: list[int]) -> Outputs:
    return CalculatorRunner(ValueOrDefaultCalculator).run(
        {
            "IN": [Packet(f"value{time}", time) for time in times],
            "TICK": [Packet(None, time) for time in TICKS],
        },
        side_packets={"": "default"},
    )


def test_ticks_without_value_get_the_default_and_a_flag() -> None:
    # behaviour 249
    outputs = answers([1, 5, 12])
    assert outputs["OUT"].timestamps == TICKS
    assert outputs["OUT"].values == ["default", "value1", "value5", "default", "value12", "default"]
    assert outputs["FLAG"].timestamps == [0, 8, 231]
    assert outputs["FLAG"].values == [True] * 3


def test_values_between_ticks_are_dropped() -> None:
    # behaviour 249
    outputs = answers([2, 3, 4, 300])
    assert outputs["OUT"].timestamps == TICKS
    assert outputs["OUT"].values == ["default"] * 6


def test_a_value_of_none_is_a_value() -> None:
    outputs = CalculatorRunner(ValueOrDefaultCalculator).run(
        {"IN": [Packet(None, 1)], "TICK": [Packet("tick", 1)]}, side_packets={"": "default"}
    )
    assert outputs["OUT"].values == [None]
    assert outputs["FLAG"].values == []
