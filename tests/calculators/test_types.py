from __future__ import annotations

import numpy as np
import pytest

from calculators.types import Detections


def make_detections(count: int) -> Detections:
    rng = np.random.default_rng(count)
    return Detections(
        rng.uniform(size=count).astype(np.float32),
        rng.uniform(size=(count, 4)).astype(np.float32),
        rng.uniform(size=(count, 4, 2)).astype(np.float32),
    )


@pytest.mark.parametrize("count", [0, 1, 5])
def test_length_is_the_number_of_detections(count: int) -> None:
    assert len(make_detections(count)) == count


def test_one_detection_has_the_row_of_each_column() -> None:
    detections = make_detections(3)
    one = detections.detection(1)
    assert one.score == float(detections.scores[1])
    assert np.array_equal(one.box, detections.boxes[1])
    assert np.array_equal(one.keypoints, detections.keypoints[1])


def test_columns_of_different_length_are_refused_with_their_shapes() -> None:
    many = make_detections(3)
    with pytest.raises(ValueError, match=r"boxes \(2, 4\)"):
        Detections(many.scores, many.boxes[:2], many.keypoints)
    with pytest.raises(ValueError, match=r"keypoints \(3, 8\)"):
        Detections(many.scores, many.boxes, many.keypoints.reshape(3, 8))
