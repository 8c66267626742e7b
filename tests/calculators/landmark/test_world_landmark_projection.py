"""WorldLandmarkProjectionCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.world_landmark_projection import WorldLandmarkProjectionCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]

QUARTER_TURN = make_read_only(np.array([0.5, 0.4, 0.2, 0.2, math.pi / 2], np.float32))


def test_landmarks_turn_about_the_origin_and_keep_their_metres(points: MakePoints) -> None:
    outputs = CalculatorRunner(WorldLandmarkProjectionCalculator).run(
        {
            "LANDMARKS": [Packet(points((1.0, 0.0, 0.3, 0.5, 0.25)), 3)],
            "NORM_RECT": [Packet(QUARTER_TURN, 3)],
        }
    )
    assert outputs["LANDMARKS"].timestamps == [3]
    np.testing.assert_allclose(
        outputs["LANDMARKS"].values[0][0], [0.0, 1.0, 0.3, 0.5, 0.25], atol=1e-6
    )


def test_without_a_region_connected_landmarks_pass_as_they_are(points: MakePoints) -> None:
    landmarks = points((1.0, 0.0, 0.3))
    outputs = CalculatorRunner(WorldLandmarkProjectionCalculator).run(
        {"LANDMARKS": [Packet(landmarks, 0)]}
    )
    np.testing.assert_array_equal(outputs["LANDMARKS"].values[0], landmarks)


@pytest.mark.parametrize("missing", ["LANDMARKS", "NORM_RECT"])
def test_without_landmarks_or_region_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"LANDMARKS": points((0.5, 0.5)), "NORM_RECT": QUARTER_TURN}
    with CalculatorRunner(WorldLandmarkProjectionCalculator, inputs=list(given)) as runner:
        check_settles_without(missing, runner, given, "LANDMARKS")
