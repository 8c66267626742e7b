"""LandmarksToDetectionCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.detection.landmarks_to_detection import LandmarksToDetectionCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord, make_read_only
from graphflow.words.errors import CalculatorError

LANDMARKS = make_read_only(
    np.array([[0.2, 0.3, 0, 1, 1], [0.6, 0.1, 0, 1, 1], [0.4, 0.9, 0, 1, 1]], np.float32)
)


def detect(landmarks: Any, **options: Any) -> OutputRecord:
    runner = CalculatorRunner(LandmarksToDetectionCalculator, options=options)
    return runner.run({"NORM_LANDMARKS": [Packet(landmarks, 4)]})["DETECTION"]


def test_landmarks_become_keypoints_in_their_tight_box() -> None:
    found = detect(LANDMARKS)
    assert found.timestamps == [4]
    (detection,) = found.values
    np.testing.assert_allclose(detection.box, [0.2, 0.1, 0.4, 0.8], atol=1e-6)
    np.testing.assert_array_equal(detection.keypoints, LANDMARKS[:, :2])
    assert detection.score == 1.0


def test_only_selected_landmarks_count_in_the_order_given() -> None:
    (detection,) = detect(LANDMARKS, selected_landmark_indices=[2, 0]).values
    np.testing.assert_array_equal(detection.keypoints, LANDMARKS[[2, 0], :2])
    np.testing.assert_allclose(detection.box, [0.2, 0.3, 0.2, 0.6], atol=1e-6)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(LandmarksToDetectionCalculator) as runner:
        runner.advance("NORM_LANDMARKS", 9)
        assert runner.outputs["DETECTION"].values == []
        assert runner.outputs["DETECTION"].bound == 9


@pytest.mark.parametrize(
    ("landmarks", "rows", "words"),
    [
        (LANDMARKS[:0], [], r"found rows \[\] of 0 landmarks"),
        (LANDMARKS, [3], r"found rows \[3\] of 3 landmarks"),
        (LANDMARKS, [-1], r"found rows \[-1\] of 3 landmarks"),
    ],
)
def test_landmarks_that_are_not_there_are_told(landmarks: Any, rows: list[int], words: str) -> None:
    with pytest.raises(CalculatorError, match=words):
        detect(landmarks, selected_landmark_indices=rows)
