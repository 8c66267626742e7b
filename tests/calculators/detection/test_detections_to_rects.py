"""DetectionsToRectsCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.detection.detections_to_rects import DetectionsToRectsCalculator
from calculators.types import Detection, Detections, ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.errors import CalculatorError, ContractError

MakeDetection = Callable[..., Detection]
MakeBatch = Callable[..., Detections]

SIZE = ImageSize(200, 100)
TURN = {
    "rotation_vector_start_keypoint_index": 0,
    "rotation_vector_end_keypoint_index": 1,
    "rotation_vector_target_angle_degrees": 90.0,
}
BESIDE = ((0.5, 0.5), (0.6, 0.5))


def rects(options: dict[str, Any], **inputs: Any) -> OutputRecord:
    given = {tag: [Packet(value, 0)] for tag, value in inputs.items()}
    return CalculatorRunner(DetectionsToRectsCalculator, options=options).run(given)["NORM_RECT"]


@pytest.mark.parametrize("options", [{}, {"conversion_mode": "USE_BOUNDING_BOX"}])
def test_a_box_becomes_a_rect_about_its_centre(
    options: dict[str, Any], detection: MakeDetection
) -> None:
    (rect,) = rects(options, DETECTION=detection(*BESIDE)).values
    np.testing.assert_allclose(rect, [0.3, 0.3, 0.4, 0.2, 0.0], atol=1e-6)


def test_a_rect_around_keypoints_is_turned_by_two_of_them(detection: MakeDetection) -> None:
    options = {**TURN, "conversion_mode": "USE_KEYPOINTS"}
    (rect,) = rects(options, DETECTION=detection(*BESIDE), IMAGE_SIZE=SIZE).values
    np.testing.assert_allclose(rect, [0.55, 0.5, 0.1, 0.0, math.pi / 2], atol=1e-6)


def test_the_target_angle_may_be_in_radians(detection: MakeDetection) -> None:
    options: dict[str, Any] = {**TURN, "rotation_vector_target_angle": 0.0}
    del options["rotation_vector_target_angle_degrees"]
    (rect,) = rects(options, DETECTION=detection(*BESIDE), IMAGE_SIZE=SIZE).values
    np.testing.assert_allclose(rect[4], 0.0, atol=1e-6)


def test_of_a_batch_the_first_counts(batch: MakeBatch) -> None:
    both = batch((0.9, (0.0, 0.0, 0.2, 0.4)), (0.8, (0.5, 0.5, 0.2, 0.4)))
    (rect,) = rects({}, DETECTIONS=both).values
    np.testing.assert_allclose(rect, [0.1, 0.2, 0.2, 0.4, 0.0], atol=1e-6)


def test_an_empty_batch_gives_nothing_or_if_asked_for_zeros(batch: MakeBatch) -> None:
    assert rects({}, DETECTIONS=batch()).values == []
    (rect,) = rects({"output_zero_rect_for_empty_detections": True}, DETECTIONS=batch()).values
    np.testing.assert_array_equal(rect, np.zeros(5))
    assert rect.dtype == np.float32


def test_zeros_are_for_empty_batches_not_for_missing_ones() -> None:
    runner = CalculatorRunner(
        DetectionsToRectsCalculator,
        options={"output_zero_rect_for_empty_detections": True},
        inputs=["DETECTIONS", "IMAGE_SIZE"],
    )
    outputs = runner.run({"IMAGE_SIZE": [Packet(SIZE, 0)]})
    assert outputs["NORM_RECT"].values == []


def test_no_zeros_stand_for_a_single_detection() -> None:
    runner = CalculatorRunner(
        DetectionsToRectsCalculator,
        options={"output_zero_rect_for_empty_detections": True},
        inputs=["DETECTION", "IMAGE_SIZE"],
    )
    outputs = runner.run({"IMAGE_SIZE": [Packet(SIZE, 0)]})
    assert outputs["NORM_RECT"].values == []


def test_where_the_size_is_empty_nothing_can_be_turned(detection: MakeDetection) -> None:
    with CalculatorRunner(
        DetectionsToRectsCalculator, options=TURN, inputs=["DETECTION", "IMAGE_SIZE"]
    ) as runner:
        runner.add("DETECTION", detection(*BESIDE), 7)
        runner.advance("IMAGE_SIZE", 8)
        assert runner.outputs["NORM_RECT"].values == []
        assert runner.outputs["NORM_RECT"].bound == 8


def test_rotation_needs_the_image_size(detection: MakeDetection) -> None:
    with pytest.raises(ContractError, match="needs input IMAGE_SIZE"):
        rects(TURN, DETECTION=detection(*BESIDE))


@pytest.mark.parametrize("left_out", [*TURN])
def test_half_a_rotation_is_refused(left_out: str, detection: MakeDetection) -> None:
    options = {name: value for name, value in TURN.items() if name != left_out}
    with pytest.raises(ContractError, match="both keypoints and a target angle, or neither"):
        rects(options, DETECTION=detection(*BESIDE), IMAGE_SIZE=SIZE)


def test_a_detection_without_the_keypoints_is_told(detection: MakeDetection) -> None:
    with pytest.raises(CalculatorError, match=r"found 1 keypoints; expected keypoints \(0, 1\)"):
        rects(TURN, DETECTION=detection((0.5, 0.5)), IMAGE_SIZE=SIZE)


def test_one_detection_or_a_batch_is_needed(detection: MakeDetection, batch: MakeBatch) -> None:
    with pytest.raises(ContractError, match="exactly one of the inputs"):
        rects({}, IMAGE_SIZE=SIZE)
    with pytest.raises(ContractError, match="exactly one of the inputs"):
        rects({}, DETECTION=detection(*BESIDE), DETECTIONS=batch())


def test_an_angle_in_radians_and_in_degrees_is_refused(detection: MakeDetection) -> None:
    with pytest.raises(ValueError, match="target_angle_degrees; expected one of them"):
        rects({**TURN, "rotation_vector_target_angle": 1.0}, DETECTION=detection(*BESIDE))
