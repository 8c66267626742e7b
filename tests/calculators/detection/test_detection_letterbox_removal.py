"""DetectionLetterboxRemovalCalculator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calculators.detection.detection_letterbox_removal import DetectionLetterboxRemovalCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakeBatch = Callable[..., Detections]

# A quarter of the tensor above the image, and a quarter below it.
ABOVE_AND_BELOW = make_read_only(np.array([0.0, 0.25, 0.0, 0.25], np.float32))


def test_what_lies_between_the_borders_is_stretched(batch: MakeBatch) -> None:
    outputs = CalculatorRunner(DetectionLetterboxRemovalCalculator).run(
        {
            "DETECTIONS": [Packet(batch((0.8, (0.1, 0.25, 0.2, 0.5))), 3)],
            "LETTERBOX_PADDING": [Packet(ABOVE_AND_BELOW, 3)],
        }
    )
    assert outputs["DETECTIONS"].timestamps == [3]
    (found,) = outputs["DETECTIONS"].values
    np.testing.assert_allclose(found.boxes, [[0.1, 0.0, 0.2, 1.0]])
    np.testing.assert_allclose(found.keypoints, [[[0.1, 0.0]]])
    np.testing.assert_array_equal(found.scores, np.array([0.8], np.float32))


def test_an_empty_batch_stays_empty(batch: MakeBatch) -> None:
    outputs = CalculatorRunner(DetectionLetterboxRemovalCalculator).run(
        {"DETECTIONS": [Packet(batch(), 0)], "LETTERBOX_PADDING": [Packet(ABOVE_AND_BELOW, 0)]}
    )
    (found,) = outputs["DETECTIONS"].values
    assert len(found) == 0


@pytest.mark.parametrize("missing", ["DETECTIONS", "LETTERBOX_PADDING"])
def test_without_detections_or_borders_the_time_is_settled(missing: str, batch: MakeBatch) -> None:
    given = {"DETECTIONS": batch(), "LETTERBOX_PADDING": ABOVE_AND_BELOW}
    with CalculatorRunner(DetectionLetterboxRemovalCalculator) as runner:
        check_settles_without(missing, runner, given, "DETECTIONS")
