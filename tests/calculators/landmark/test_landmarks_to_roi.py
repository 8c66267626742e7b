"""LandmarksToRoiCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.landmarks_to_roi import LandmarksToRoiCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]

SIZE = ImageSize(100, 200)
# Hips first, then a shoulder.
BODY = {"center_landmark_indices": [0, 1], "direction_landmark_indices": [2]}


def roi(landmarks: Any, **options: Any) -> Any:
    outputs = CalculatorRunner(LandmarksToRoiCalculator, options={**BODY, **options}).run(
        {"NORM_LANDMARKS": [Packet(landmarks, 3)], "IMAGE_SIZE": [Packet(SIZE, 3)]}
    )
    assert outputs["NORM_RECT"].timestamps == [3]
    return outputs["NORM_RECT"].values[0]


def test_the_square_is_centred_and_reaches_the_farthest_landmark(points: MakePoints) -> None:
    # Mid-hip at (50, 100) px, a shoulder above it, a foot 60 px below.
    found = roi(points((0.4, 0.5), (0.6, 0.5), (0.5, 0.4), (0.5, 0.8)))
    np.testing.assert_allclose(found, [0.5, 0.5, 1.2, 0.6, 0.0], atol=1e-6)


def test_the_square_leans_with_the_body(points: MakePoints) -> None:
    found = roi(points((0.4, 0.5), (0.6, 0.5), (0.9, 0.5)))
    np.testing.assert_allclose(found[4], math.pi / 2, atol=1e-6)


def test_the_target_angle_may_be_another(points: MakePoints) -> None:
    found = roi(points((0.4, 0.5), (0.6, 0.5), (0.9, 0.5)), target_angle_degrees=0.0)
    np.testing.assert_allclose(found[4], 0.0, atol=1e-6)


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS", "IMAGE_SIZE"])
def test_without_landmarks_or_size_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"NORM_LANDMARKS": points((0, 0), (0, 0), (0, 0)), "IMAGE_SIZE": SIZE}
    with CalculatorRunner(LandmarksToRoiCalculator, options=BODY) as runner:
        check_settles_without(missing, runner, given, "NORM_RECT")


def test_a_landmark_that_is_not_there_is_told(points: MakePoints) -> None:
    with pytest.raises(CalculatorError, match=r"found 2 landmarks; expected rows \[0, 1, 2\]"):
        roi(points((0.4, 0.5), (0.6, 0.5)))


@pytest.mark.parametrize("option", [*BODY])
def test_centre_and_direction_need_a_landmark(option: str, points: MakePoints) -> None:
    with pytest.raises(ValueError, match=option):
        roi(points((0, 0), (0, 0), (0, 0)), **{option: []})
