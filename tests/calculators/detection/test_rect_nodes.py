"""AlignmentPointsRects, DetectionsToRects, RectTransformation and LandmarksToDetection."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from calculators.detection.alignment_points_rects import AlignmentPointsRectsCalculator
from calculators.detection.detections_to_rects import DetectionsToRectsCalculator
from calculators.detection.landmarks_to_detection import LandmarksToDetectionCalculator
from calculators.detection.rect_transformation import RectTransformationCalculator
from calculators.types import Detection, Detections, ImageSize
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner

SIZE = [Packet(ImageSize(200, 100), 0)]
ALIGN = {
    "rotation_vector_start_keypoint_index": 0,
    "rotation_vector_end_keypoint_index": 1,
    "rotation_vector_target_angle_degrees": 90.0,
}
EMPTY = Detections(
    np.zeros(0, np.float32), np.zeros((0, 4), np.float32), np.zeros((0, 2, 2), np.float32)
)


def detection(*keypoints: tuple[float, float]) -> Detection:
    box = np.array([0.1, 0.2, 0.4, 0.2], np.float32)
    return Detection(1.0, box, np.array(keypoints, np.float32).reshape(-1, 2))


def rects(calculator: Any, options: dict[str, Any], **inputs: Any) -> Any:
    given = {tag: [Packet(value, 0)] for tag, value in inputs.items()}
    runner = CalculatorRunner(calculator, options=options)
    return runner.run({**given, "IMAGE_SIZE": SIZE})["NORM_RECT"].values


UPRIGHT = detection((0.5, 0.5), (0.5, 0.3))
TO_THE_RIGHT = detection((0.5, 0.5), (0.6, 0.5))


def test_the_square_reaches_the_edge_point_on_all_sides() -> None:
    (rect,) = rects(AlignmentPointsRectsCalculator, ALIGN, DETECTION=UPRIGHT)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.2, 0.4, 0.0], atol=1e-6)


def test_the_square_turns_with_the_points() -> None:
    (rect,) = rects(AlignmentPointsRectsCalculator, ALIGN, DETECTION=TO_THE_RIGHT)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.2, 0.4, math.pi / 2], atol=1e-6)


def test_of_a_batch_the_first_counts_and_an_empty_one_gives_nothing() -> None:
    both = Detections(
        np.ones(2, np.float32),
        np.stack([UPRIGHT.box] * 2),
        np.stack([UPRIGHT.keypoints, TO_THE_RIGHT.keypoints]),
    )
    (rect,) = rects(AlignmentPointsRectsCalculator, ALIGN, DETECTIONS=both)
    assert rect[4] == 0.0
    assert rects(AlignmentPointsRectsCalculator, ALIGN, DETECTIONS=EMPTY) == []


@pytest.mark.parametrize(
    ("options", "inputs", "words"),
    [
        ({}, {"DETECTION": UPRIGHT}, "rotation_vector_start_keypoint_index"),
        (ALIGN, {}, "exactly one of the inputs"),
        (ALIGN, {"DETECTION": detection((0, 0))}, "found 1 keypoints"),
    ],
)
def test_what_alignment_lacks_is_told(options: Any, inputs: Any, words: str) -> None:
    with pytest.raises(CalculatorError, match=words):
        rects(AlignmentPointsRectsCalculator, options, **inputs)


def test_a_box_becomes_a_rect_about_its_centre() -> None:
    (rect,) = rects(DetectionsToRectsCalculator, {}, DETECTION=UPRIGHT)
    np.testing.assert_allclose(rect, [0.3, 0.3, 0.4, 0.2, 0.0], atol=1e-6)


def test_a_rect_around_keypoints_is_turned_by_two_of_them() -> None:
    options = {**ALIGN, "conversion_mode": "USE_KEYPOINTS"}
    (rect,) = rects(DetectionsToRectsCalculator, options, DETECTION=TO_THE_RIGHT)
    np.testing.assert_allclose(rect, [0.55, 0.5, 0.1, 0.0, math.pi / 2], atol=1e-6)


def test_an_empty_batch_may_give_zeros() -> None:
    assert rects(DetectionsToRectsCalculator, {}, DETECTIONS=EMPTY) == []
    options = {"output_zero_rect_for_empty_detections": True}
    (rect,) = rects(DetectionsToRectsCalculator, options, DETECTIONS=EMPTY)
    assert not rect.any()


def test_rotation_needs_the_image_size() -> None:
    runner = CalculatorRunner(DetectionsToRectsCalculator, options=ALIGN)
    with pytest.raises(CalculatorError, match="needs input IMAGE_SIZE"):
        runner.run({"DETECTION": []})


def test_half_a_rotation_is_refused() -> None:
    options = {"rotation_vector_target_angle": 1.0}
    with pytest.raises(CalculatorError, match="or neither"):
        rects(DetectionsToRectsCalculator, options, DETECTION=UPRIGHT)


def transform(rect: tuple[float, ...], **options: Any) -> Any:
    runner = CalculatorRunner(RectTransformationCalculator, options=options)
    given = np.array(rect, np.float32)
    given.setflags(write=False)
    return runner.run({"NORM_RECT": [Packet(given, 0)], "IMAGE_SIZE": SIZE})[""].values[0]


def test_a_rect_becomes_square_and_larger() -> None:
    rect = transform((0.5, 0.5, 0.2, 0.2, 0.3), scale_x=1.5, scale_y=1.5, square_long=True)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.3, 0.6, 0.3], atol=1e-6)


def test_a_turned_rect_shifts_along_its_own_axes() -> None:
    # A quarter turn clockwise: its own x axis points down. It is 40 px wide, a shift of 20 px.
    rect = transform((0.5, 0.5, 0.2, 0.2, math.pi / 2), shift_x=0.5)
    np.testing.assert_allclose(rect[:2], [0.5, 0.7], atol=1e-6)


def test_the_shift_may_turn_by_degrees() -> None:
    rect = transform((0.5, 0.5, 0.2, 0.2, 0.0), shift_x=0.5, rotation_degrees=90.0)
    np.testing.assert_allclose(rect[:2], [0.5, 0.7], atol=1e-6)


def test_two_squarings_are_refused() -> None:
    with pytest.raises(CalculatorError, match="at most one of them"):
        transform((0.5, 0.5, 0.2, 0.2, 0.0), square_long=True, square_short=True)


LANDMARKS = np.array([[0.2, 0.3, 0, 1, 1], [0.6, 0.1, 0, 1, 1], [0.4, 0.9, 0, 1, 1]], np.float32)


def test_landmarks_become_keypoints_in_their_tight_box() -> None:
    outputs = CalculatorRunner(LandmarksToDetectionCalculator).run(
        {"NORM_LANDMARKS": [Packet(LANDMARKS, 0)]}
    )
    (found,) = outputs["DETECTION"].values
    np.testing.assert_allclose(found.box, [0.2, 0.1, 0.4, 0.8], atol=1e-6)
    np.testing.assert_array_equal(found.keypoints, LANDMARKS[:, :2])


def test_only_selected_landmarks_count() -> None:
    outputs = CalculatorRunner(
        LandmarksToDetectionCalculator, options={"selected_landmark_indices": [2, 0]}
    ).run({"NORM_LANDMARKS": [Packet(LANDMARKS, 0)]})
    np.testing.assert_array_equal(outputs["DETECTION"].values[0].keypoints, LANDMARKS[[2, 0], :2])
