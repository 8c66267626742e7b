from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_detections import TensorsToDetectionsCalculator
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner, Outputs

OPTIONS: dict[str, Any] = {
    "num_boxes": 2,
    "num_coords": 6,
    "keypoint_coord_offset": 4,
    "num_keypoints": 1,
    "x_scale": 10.0,
    "y_scale": 10.0,
    "w_scale": 10.0,
    "h_scale": 10.0,
    "reverse_output_order": True,
    "sigmoid_score": True,
    "min_score_thresh": 0.5,
}
ANCHORS = np.array([[0.25, 0.25, 1, 1], [0.75, 0.75, 1, 1]], np.float32)
BOXES = np.array([[[0, 0, 4, 2, 1, -1], [1, 1, 2, 2, 0, 0]]], np.float32)


def run(logits: list[float], tensors: Any = None, options: Any = OPTIONS, **side: Any) -> Outputs:
    scores = np.array(logits, np.float32).reshape(1, 2, 1)
    packet = Packet((BOXES, scores) if tensors is None else tensors, 0)
    return CalculatorRunner(TensorsToDetectionsCalculator, options=options).run(
        {"TENSORS": [packet]}, side_packets={"ANCHORS": ANCHORS, **side}
    )


def test_boxes_and_keypoints_are_relative_to_their_anchors() -> None:
    (detections,) = run([3.0, -3.0])["DETECTIONS"].values
    assert len(detections) == 1
    np.testing.assert_allclose(detections.boxes, [[0.05, 0.15, 0.4, 0.2]], atol=1e-6)
    np.testing.assert_allclose(detections.keypoints, [[[0.35, 0.15]]], atol=1e-6)
    np.testing.assert_allclose(detections.scores, [0.952574], atol=1e-6)


def test_a_batch_comes_also_where_nothing_was_found() -> None:
    (detections,) = run([-3.0, -3.0])["DETECTIONS"].values
    assert len(detections) == 0


def test_a_side_packet_overrides_the_least_score() -> None:
    (detections,) = run([3.0, -3.0], MIN_SCORE_THRESH=0.01)["DETECTIONS"].values
    assert len(detections) == 2


def test_a_wrong_number_of_anchors_is_told() -> None:
    with pytest.raises(CalculatorError, match="found 2 anchors; expected num_boxes 3"):
        run([0.0, 0.0], options={**OPTIONS, "num_boxes": 3})


def test_a_missing_tensor_is_told() -> None:
    with pytest.raises(CalculatorError, match="found 1 tensors; expected boxes and scores"):
        run([0.0, 0.0], tensors=(BOXES,))


def test_a_layout_that_cannot_be_is_told() -> None:
    with pytest.raises(CalculatorError, match="num_coords"):
        run([0.0, 0.0], options={**OPTIONS, "num_keypoints": 2})
