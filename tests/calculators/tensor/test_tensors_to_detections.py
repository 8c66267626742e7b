"""TensorsToDetectionsCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_detections import TensorsToDetectionsCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import CalculatorError

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


def decode(logits: list[float], **options: Any) -> Any:
    (detections,) = run(logits, options={**OPTIONS, **options})["DETECTIONS"].values
    return detections


def test_columns_may_be_y_before_x() -> None:
    (box,) = decode([3.0, -3.0], reverse_output_order=False).boxes
    np.testing.assert_allclose(box, [0.15, 0.05, 0.2, 0.4], atol=1e-6)


def test_without_sigmoid_values_are_scores() -> None:
    detections = decode([0.75, 0.25], sigmoid_score=False)
    np.testing.assert_allclose(detections.scores, [0.75])


def test_logits_may_be_bounded() -> None:
    detections = decode([200.0, 200.0], score_clipping_thresh=1.0)
    np.testing.assert_allclose(detections.scores, [0.7310586] * 2, atol=1e-6)


def test_sizes_may_be_logarithms() -> None:
    (box, _) = decode([3.0, 3.0], apply_exponential_on_box_size=True).boxes
    np.testing.assert_allclose(box[2:], [np.exp(0.4), np.exp(0.2)], atol=1e-5)


def test_without_a_least_score_all_are_kept() -> None:
    assert len(decode([-9.0, -9.0], min_score_thresh=None)) == 2


def test_boxes_may_stand_anywhere_in_a_row_and_have_no_negative_size() -> None:
    # The first box is then 1 wide and -1 high.
    detections = decode([3.0, 3.0], box_coord_offset=2, keypoint_coord_offset=0)
    np.testing.assert_allclose(detections.boxes, [[0.95, 0.95, 0.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(detections.keypoints, [[[0.85, 0.85]]], atol=1e-6)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(
        TensorsToDetectionsCalculator, options=OPTIONS, side_packets={"ANCHORS": ANCHORS}
    ) as runner:
        runner.advance("TENSORS", 9)
        assert runner.outputs["DETECTIONS"].values == []
        assert runner.outputs["DETECTIONS"].bound == 9


@pytest.mark.parametrize(
    "options",
    [{"num_classes": 2}, {"num_values_per_keypoint": 3}, {"score_clipping_thresh": 0.0}],
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        decode([0.0, 0.0], **options)
