from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.thresholding import ThresholdingCalculator
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner


def numbers(*values: float) -> list[Packet]:
    return [Packet(value, time) for time, value in enumerate(values)]


def test_only_a_greater_number_is_accepted() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, options={"threshold": 0.5}).run(
        {"FLOAT": numbers(0.4, 0.5, 0.6)}
    )
    assert outputs["FLAG"].values == [False, False, True]
    assert (outputs["ACCEPT"].values, outputs["ACCEPT"].timestamps) == ([True], [2])
    assert (outputs["REJECT"].values, outputs["REJECT"].timestamps) == ([False, False], [0, 1])


def test_numbers_are_compared_as_doubles() -> None:
    # In float32 the two would be equal.
    score = float(np.float32(0.1))
    outputs = CalculatorRunner(ThresholdingCalculator, options={"threshold": 0.1}).run(
        {"FLOAT": numbers(score)}
    )
    assert outputs["FLAG"].values == [True]


def test_a_side_packet_overrides_the_option() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, options={"threshold": 0.9}).run(
        {"FLOAT": numbers(0.5)}, side_packets={"THRESHOLD": 0.1}
    )
    assert outputs["FLAG"].values == [True]


def test_a_packet_changes_the_threshold_from_its_time_on() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, options={"threshold": 0.9}).run(
        {"FLOAT": numbers(0.5, 0.5, 0.5), "THRESHOLD": [Packet(0.1, 1)]}
    )
    assert outputs["FLAG"].values == [False, True, True]


def test_two_thresholds_are_refused() -> None:
    runner = CalculatorRunner(ThresholdingCalculator)
    given: dict[str, Any] = {"FLOAT": [], "THRESHOLD": []}
    with pytest.raises(CalculatorError, match="as stream and as side packet"):
        runner.run(given, side_packets={"THRESHOLD": 0.1})


def test_a_node_without_outputs_is_told() -> None:
    with pytest.raises(CalculatorError, match="expected FLAG, ACCEPT or REJECT"):
        CalculatorRunner(ThresholdingCalculator, outputs=[]).run({"FLOAT": []})


def test_a_threshold_alone_gives_nothing() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, outputs=["FLAG"]).run(
        {"FLOAT": numbers(0.5), "THRESHOLD": [Packet(0.1, 7)]}
    )
    assert outputs["FLAG"].timestamps == [0]
