"""ThresholdingCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.thresholding import ThresholdingCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError


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
    with pytest.raises(ContractError, match="as stream and as side packet"):
        runner.run(given, side_packets={"THRESHOLD": 0.1})


def test_a_node_without_outputs_is_told() -> None:
    with pytest.raises(ContractError, match="expected FLAG, ACCEPT or REJECT"):
        CalculatorRunner(ThresholdingCalculator, outputs=[]).run({"FLOAT": []})


def test_a_threshold_alone_gives_nothing() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, outputs=["FLAG"]).run(
        {"FLOAT": numbers(0.5), "THRESHOLD": [Packet(0.1, 7)]}
    )
    assert outputs["FLAG"].timestamps == [0]


def test_the_threshold_is_0_by_default() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator, outputs=["FLAG"]).run(
        {"FLOAT": numbers(-0.1, 0.0, 0.1)}
    )
    assert outputs["FLAG"].values == [False, False, True]


def test_what_is_no_number_is_rejected() -> None:
    outputs = CalculatorRunner(ThresholdingCalculator).run({"FLOAT": numbers(float("nan"))})
    assert outputs["FLAG"].values == [False]
    assert outputs["REJECT"].values == [False]


def test_a_number_waits_for_the_threshold_of_its_time() -> None:
    with CalculatorRunner(
        ThresholdingCalculator, inputs=["FLOAT", "THRESHOLD"], outputs=["FLAG"]
    ) as runner:
        runner.add("FLOAT", 0.5, 7)
        assert runner.outputs["FLAG"].values == []
        runner.advance("THRESHOLD", 8)
        assert runner.outputs["FLAG"].values == [True]


def test_what_is_neither_accepted_nor_empty_settles_its_time() -> None:
    with CalculatorRunner(ThresholdingCalculator, outputs=["ACCEPT"]) as runner:
        runner.add("FLOAT", -1.0, 7)
        assert runner.outputs["ACCEPT"].values == []
        assert runner.outputs["ACCEPT"].bound == 8
        runner.advance("FLOAT", 12)
        assert runner.outputs["ACCEPT"].bound == 12
