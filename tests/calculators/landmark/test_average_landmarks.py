"""AverageLandmarksCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calculators.landmark.average_landmarks import AverageLandmarksCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner

MakePoints = Callable[..., Any]


def test_lists_are_averaged_by_visibility(points: MakePoints) -> None:
    both = (points((0.1, 0.2, 0.0, 0.75)), points((0.5, 0.6, 0.4, 0.25)))
    outputs = CalculatorRunner(AverageLandmarksCalculator).run({"ITERABLE": [Packet(both, 3)]})
    assert outputs["LANDMARKS"].timestamps == [3]
    (found,) = outputs["LANDMARKS"].values
    np.testing.assert_allclose(found[0, :3], [0.2, 0.3, 0.1], atol=1e-5)


def test_no_lists_give_nothing_and_settle_their_time() -> None:
    with CalculatorRunner(AverageLandmarksCalculator) as runner:
        runner.add("ITERABLE", (), 7)
        runner.advance("ITERABLE", 9)
        assert runner.outputs["LANDMARKS"].values == []
        assert runner.outputs["LANDMARKS"].bound == 9
