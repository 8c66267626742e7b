"""DetectionsToVectorCalculator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calculators.detection.detections_to_vector import DetectionsToVectorCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner

MakeBatch = Callable[..., Detections]
BOX = (0.1, 0.1, 0.2, 0.2)


@pytest.mark.parametrize(("most", "count"), [(-1, 3), (0, 0), (2, 2), (9, 3)])
def test_the_first_detections_are_taken(most: int, count: int, batch: MakeBatch) -> None:
    three = batch((0.875, BOX), (0.5, BOX), (0.25, BOX))
    outputs = CalculatorRunner(
        DetectionsToVectorCalculator, options={"max_num_detections": most}
    ).run({"DETECTIONS": [Packet(three, 3)]})
    assert outputs["ITERABLE"].timestamps == [3]
    (found,) = outputs["ITERABLE"].values
    assert [each.score for each in found] == [0.875, 0.5, 0.25][:count]


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(DetectionsToVectorCalculator) as runner:
        runner.advance("DETECTIONS", 9)
        assert runner.outputs["ITERABLE"].values == []
        assert runner.outputs["ITERABLE"].bound == 9
