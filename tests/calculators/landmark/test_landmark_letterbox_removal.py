"""LandmarkLetterboxRemovalCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.landmark_letterbox_removal import LandmarkLetterboxRemovalCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]

# A quarter of the tensor left of the region, and a quarter right of it.
LEFT_AND_RIGHT = make_read_only(np.array([0.25, 0.0, 0.25, 0.0], np.float32))


def test_what_lies_between_the_borders_is_stretched(points: MakePoints) -> None:
    outputs = CalculatorRunner(LandmarkLetterboxRemovalCalculator).run(
        {
            "LANDMARKS": [Packet(points((0.25, 0.25, 0.5, 0.75, 1.0), (0.75, 1.0)), 3)],
            "LETTERBOX_PADDING": [Packet(LEFT_AND_RIGHT, 3)],
        }
    )
    assert outputs["LANDMARKS"].timestamps == [3]
    (found,) = outputs["LANDMARKS"].values
    # z is in units of the width, and stretches with it.
    np.testing.assert_array_equal(found[0], np.array([0.0, 0.25, 1.0, 0.75, 1.0], np.float32))
    np.testing.assert_array_equal(found[1, :2], [1.0, 1.0])


def test_a_landmark_in_the_border_lies_outside_the_region(points: MakePoints) -> None:
    outputs = CalculatorRunner(LandmarkLetterboxRemovalCalculator).run(
        {
            "LANDMARKS": [Packet(points((0.0, 0.5)), 0)],
            "LETTERBOX_PADDING": [Packet(LEFT_AND_RIGHT, 0)],
        }
    )
    np.testing.assert_array_equal(outputs["LANDMARKS"].values[0][0, :2], [-0.5, 0.5])


@pytest.mark.parametrize("missing", ["LANDMARKS", "LETTERBOX_PADDING"])
def test_without_landmarks_or_borders_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"LANDMARKS": points((0.5, 0.5)), "LETTERBOX_PADDING": LEFT_AND_RIGHT}
    with CalculatorRunner(LandmarkLetterboxRemovalCalculator) as runner:
        check_settles_without(missing, runner, given, "LANDMARKS")
