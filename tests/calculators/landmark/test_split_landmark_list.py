"""SplitLandmarkListCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.split_landmark_list import SplitLandmarkListCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError, ContractError

MakePoints = Callable[..., Any]


def split(landmarks: Any, ranges: list[tuple[int, int]], outputs: list[str]) -> Outputs:
    options = {"ranges": [{"begin": begin, "end": end} for begin, end in ranges]}
    runner = CalculatorRunner(SplitLandmarkListCalculator, options=options, outputs=outputs)
    return runner.run({"": [Packet(landmarks, 5)]})


def test_each_output_takes_its_range(points: MakePoints) -> None:
    landmarks = points((1, 0), (2, 0), (3, 0), (4, 0))
    outputs = split(landmarks, [(0, 2), (2, 3)], ["", ":1"])
    assert outputs[":0"].timestamps == outputs[":1"].timestamps == [5]
    np.testing.assert_array_equal(outputs[":0"].values[0], landmarks[:2])
    np.testing.assert_array_equal(outputs[":1"].values[0], landmarks[2:3])


def test_ranges_may_overlap(points: MakePoints) -> None:
    landmarks = points((1, 0), (2, 0), (3, 0))
    outputs = split(landmarks, [(0, 3), (1, 2)], ["", ":1"])
    np.testing.assert_array_equal(outputs[":0"].values[0], landmarks)
    np.testing.assert_array_equal(outputs[":1"].values[0], landmarks[1:2])


def test_a_gap_settles_its_time_on_every_output() -> None:
    ranges = [{"begin": 0, "end": 1}, {"begin": 1, "end": 2}]
    with CalculatorRunner(
        SplitLandmarkListCalculator, options={"ranges": ranges}, outputs=["", ":1"]
    ) as runner:
        runner.advance("", 9)
        assert [runner.outputs[port].bound for port in ("", ":1")] == [9, 9]


def test_a_range_beyond_the_last_landmark_is_told(points: MakePoints) -> None:
    with pytest.raises(CalculatorError, match="found 1 landmarks; expected at least 5"):
        split(points((0, 0)), [(0, 5)], [""])


def test_each_output_needs_a_range(points: MakePoints) -> None:
    with pytest.raises(ContractError, match="found 1 ranges for 2 outputs"):
        split(points((0, 0)), [(0, 1)], ["", ":1"])


def test_without_ranges_the_options_are_refused(points: MakePoints) -> None:
    with pytest.raises(ValueError, match="ranges"):
        split(points((0, 0)), [], [])
