"""MeanVisibilityCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from calculators.landmark.mean_visibility import MeanVisibilityCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord

MakePoints = Callable[..., Any]


def mean(landmarks: Any) -> OutputRecord:
    runner = CalculatorRunner(MeanVisibilityCalculator)
    return runner.run({"NORM_LANDMARKS": [Packet(landmarks, 3)]})["FLOAT"]


def test_visibility_is_averaged_to_a_float(points: MakePoints) -> None:
    found = mean(points((9, 9, 9, 1.0, 9), (0, 0, 0, 0.5)))
    assert (found.values, found.timestamps) == ([0.75], [3])
    assert type(found.values[0]) is float


def test_a_list_of_none_is_not_seen(points: MakePoints) -> None:
    assert mean(points()).values == [0.0]


@pytest.mark.parametrize("rows", [1, 2])
def test_unknown_visibility_stays_unknown(rows: int, points: MakePoints) -> None:
    (score,) = mean(points(*[(0, 0, 0, math.nan)] * rows)).values
    assert math.isnan(score)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(MeanVisibilityCalculator) as runner:
        runner.advance("NORM_LANDMARKS", 9)
        assert runner.outputs["FLOAT"].values == []
        assert runner.outputs["FLOAT"].bound == 9
