"""LandmarkProjectionCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.landmark_projection import LandmarkProjectionCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]

# A fifth of the image about (0.5, 0.4), a quarter turn clockwise: its own x axis points down.
REGION = make_read_only(np.array([0.5, 0.4, 0.2, 0.2, math.pi / 2], np.float32))


def project(landmarks: Any, region: Any = REGION, **options: Any) -> Any:
    outputs = CalculatorRunner(LandmarkProjectionCalculator, options=options).run(
        {"NORM_LANDMARKS": [Packet(landmarks, 3)], "NORM_RECT": [Packet(region, 3)]}
    )
    assert outputs["NORM_LANDMARKS"].timestamps == [3]
    return outputs["NORM_LANDMARKS"].values[0]


def test_landmarks_turn_and_shrink_about_the_regions_centre(points: MakePoints) -> None:
    found = project(points((1.0, 0.5, 1.0, 0.75, 0.25)))
    np.testing.assert_allclose(found[0], [0.5, 0.5, 0.2, 0.75, 0.25], atol=1e-6)


def test_the_regions_centre_stays(points: MakePoints) -> None:
    np.testing.assert_allclose(project(points((0.5, 0.5)))[0, :2], [0.5, 0.4], atol=1e-7)


def test_rotation_may_be_ignored(points: MakePoints) -> None:
    found = project(points((1.0, 0.5, 1.0)), ignore_rotation=True)
    np.testing.assert_allclose(found[0, :3], [0.6, 0.4, 0.2], atol=1e-6)


def test_the_whole_image_as_region_changes_nothing(points: MakePoints) -> None:
    landmarks = points((0.1, 0.9, 0.3, 0.5, 0.6), (1.5, -0.5))
    whole = np.array([0.5, 0.5, 1.0, 1.0, 0.0], np.float32)
    np.testing.assert_allclose(project(landmarks, whole), landmarks, atol=1e-7)


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS", "NORM_RECT"])
def test_without_landmarks_or_region_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"NORM_LANDMARKS": points((0.5, 0.5)), "NORM_RECT": REGION}
    with CalculatorRunner(LandmarkProjectionCalculator) as runner:
        check_settles_without(missing, runner, given, "NORM_LANDMARKS")
