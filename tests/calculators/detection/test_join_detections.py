"""JoinDetectionsCalculator."""

from __future__ import annotations

from collections.abc import Callable

from calculators.detection.join_detections import JoinDetectionsCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner

MakeBatch = Callable[..., Detections]
BOX = (0.1, 0.1, 0.2, 0.2)


def test_batches_become_one_in_order(batch: MakeBatch) -> None:
    batches = (batch((0.5, BOX)), batch(), batch((0.9, BOX), (0.25, BOX)))
    outputs = CalculatorRunner(JoinDetectionsCalculator).run({"ITERABLE": [Packet(batches, 3)]})
    assert outputs["DETECTIONS"].timestamps == [3]
    (found,) = outputs["DETECTIONS"].values
    assert [round(float(score), 3) for score in found.scores] == [0.5, 0.9, 0.25]


def test_no_batches_give_nothing_and_settle_their_time() -> None:
    with CalculatorRunner(JoinDetectionsCalculator) as runner:
        runner.add("ITERABLE", (), 7)
        runner.advance("ITERABLE", 9)
        assert runner.outputs["DETECTIONS"].values == []
        assert runner.outputs["DETECTIONS"].bound == 9
