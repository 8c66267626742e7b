"""DetectionProjectionCalculator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calculators.detection.detection_projection import DetectionProjectionCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakeBatch = Callable[..., Detections]

# The right half of the image.
MATRIX = np.diag(np.array([0.5, 1, 0.5, 1], np.float32))
MATRIX[0, 3] = 0.5
RIGHT_HALF = make_read_only(MATRIX)


def test_boxes_and_keypoints_go_to_where_the_region_lies(batch: MakeBatch) -> None:
    outputs = CalculatorRunner(DetectionProjectionCalculator).run(
        {
            "DETECTIONS": [Packet(batch((0.8, (0.2, 0.25, 0.4, 0.5))), 3)],
            "PROJECTION_MATRIX": [Packet(RIGHT_HALF, 3)],
        }
    )
    assert outputs["DETECTIONS"].timestamps == [3]
    (found,) = outputs["DETECTIONS"].values
    np.testing.assert_allclose(found.boxes, [[0.6, 0.25, 0.2, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(found.keypoints, [[[0.6, 0.25]]], rtol=1e-6)
    np.testing.assert_array_equal(found.scores, np.array([0.8], np.float32))


@pytest.mark.parametrize("missing", ["DETECTIONS", "PROJECTION_MATRIX"])
def test_without_detections_or_matrix_the_time_is_settled(missing: str, batch: MakeBatch) -> None:
    given = {"DETECTIONS": batch(), "PROJECTION_MATRIX": RIGHT_HALF}
    with CalculatorRunner(DetectionProjectionCalculator) as runner:
        check_settles_without(missing, runner, given, "DETECTIONS")
