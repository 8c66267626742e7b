"""AlignmentPointsRectsCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.detection.alignment_points_rects import AlignmentPointsRectsCalculator
from calculators.types import Detection, Detections, ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.errors import CalculatorError, ContractError
from tests.calculators.settling import check_settles_without

MakeDetection = Callable[..., Detection]

SIZE = ImageSize(200, 100)
KEYPOINTS = {
    "rotation_vector_start_keypoint_index": 0,
    "rotation_vector_end_keypoint_index": 1,
}
UP = {**KEYPOINTS, "rotation_vector_target_angle_degrees": 90.0}
# 20 px above its centre, and 20 px to the right of it.
ABOVE = ((0.5, 0.5), (0.5, 0.3))
BESIDE = ((0.5, 0.5), (0.6, 0.5))


def rects(options: dict[str, Any], **inputs: Any) -> OutputRecord:
    given = {tag: [Packet(value, 0)] for tag, value in {"IMAGE_SIZE": SIZE, **inputs}.items()}
    return CalculatorRunner(AlignmentPointsRectsCalculator, options=options).run(given)["NORM_RECT"]


def test_the_square_reaches_the_edge_point_on_all_sides(detection: MakeDetection) -> None:
    (rect,) = rects(UP, DETECTION=detection(*ABOVE)).values
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.2, 0.4, 0.0], atol=1e-6)


def test_the_square_turns_with_the_points(detection: MakeDetection) -> None:
    (rect,) = rects(UP, DETECTION=detection(*BESIDE)).values
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.2, 0.4, math.pi / 2], atol=1e-6)


def test_the_target_angle_may_be_in_radians(detection: MakeDetection) -> None:
    options = {**KEYPOINTS, "rotation_vector_target_angle": 0.0}
    (rect,) = rects(options, DETECTION=detection(*BESIDE)).values
    np.testing.assert_allclose(rect[4], 0.0, atol=1e-6)


def test_the_keypoints_are_chosen_by_their_numbers(detection: MakeDetection) -> None:
    options = {
        **UP,
        "rotation_vector_start_keypoint_index": 2,
        "rotation_vector_end_keypoint_index": 0,
    }
    (rect,) = rects(options, DETECTION=detection((0.2, 0.1), (0.9, 0.9), (0.2, 0.5))).values
    np.testing.assert_allclose(rect, [0.2, 0.5, 0.4, 0.8, 0.0], atol=1e-6)


def test_of_a_batch_the_first_counts(detection: MakeDetection) -> None:
    first, second = detection(*ABOVE), detection(*BESIDE)
    both = Detections(
        np.ones(2, np.float32),
        np.stack([first.box, second.box]),
        np.stack([first.keypoints, second.keypoints]),
    )
    (rect,) = rects(UP, DETECTIONS=both).values
    assert rect[4] == 0.0


def test_an_empty_batch_gives_nothing(batch: Callable[..., Detections]) -> None:
    assert rects(UP, DETECTIONS=batch()).values == []


@pytest.mark.parametrize("missing", ["DETECTION", "IMAGE_SIZE"])
def test_without_detection_or_size_the_time_is_settled(
    missing: str, detection: MakeDetection
) -> None:
    given = {"DETECTION": detection(*ABOVE), "IMAGE_SIZE": SIZE}
    with CalculatorRunner(AlignmentPointsRectsCalculator, options=UP, inputs=list(given)) as runner:
        check_settles_without(missing, runner, given, "NORM_RECT")


@pytest.mark.parametrize("left_out", [*UP])
def test_every_option_is_needed(left_out: str, detection: MakeDetection) -> None:
    options = {name: value for name, value in UP.items() if name != left_out}
    with pytest.raises(ContractError, match="expected options rotation_vector_start_keypoint"):
        rects(options, DETECTION=detection(*ABOVE))


def test_a_detection_without_the_keypoints_is_told(detection: MakeDetection) -> None:
    with pytest.raises(CalculatorError, match=r"found 1 keypoints; expected keypoints \(0, 1\)"):
        rects(UP, DETECTION=detection((0.5, 0.5)))


def test_one_detection_or_a_batch_is_needed(
    detection: MakeDetection, batch: Callable[..., Detections]
) -> None:
    with pytest.raises(ContractError, match="exactly one of the inputs DETECTION and DETECTIONS"):
        rects(UP)
    with pytest.raises(ContractError, match="exactly one of the inputs DETECTION and DETECTIONS"):
        rects(UP, DETECTION=detection(*ABOVE), DETECTIONS=batch())
