"""Angles at joints."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.kernels.joint_angle import joint_angles_deg
from calculators.types import WorldLandmarks


def landmarks(*points: tuple[float, float, float]) -> WorldLandmarks:
    rows = np.zeros((len(points), 5), np.float32)
    rows[:, :3] = np.reshape(points, (-1, 3))
    return WorldLandmarks(rows)


def angle(*points: tuple[float, float, float]) -> float:
    return float(joint_angles_deg(landmarks(*points), [(0, 1, 2)])[0])


@pytest.mark.parametrize(
    ("end", "expected"), [((-1, 0, 0), 180), ((1, 0, 0), 0), ((0, 3, 0), 90), ((2, 0, 2), 45)]
)
def test_an_angle_is_that_between_the_two_bones(end: Any, expected: float) -> None:
    assert angle((1, 0, 0), (0, 0, 0), end) == pytest.approx(expected)


@given(degrees=st.floats(0.0, 180.0), scale=st.floats(0.01, 100.0), turn=st.floats(0.0, 6.3))
def test_place_size_and_direction_do_not_matter(degrees: float, scale: float, turn: float) -> None:
    first, second = turn, turn + math.radians(degrees)
    found = angle(
        (5 + scale * math.cos(first), scale * math.sin(first), 1),
        (5, 0, 1),
        (5 + scale * math.cos(second), scale * math.sin(second), 1),
    )
    # Coordinates near 5 have steps of 5e-7 in float32: that over the bone's length, in degrees.
    assert found == pytest.approx(degrees, abs=1e-3 + 1e-4 / scale)


def test_several_joints_are_measured_in_their_order() -> None:
    points = landmarks((1, 0, 0), (0, 0, 0), (0, 1, 0), (-1, 0, 0))
    assert joint_angles_deg(points, [(0, 1, 3), (0, 1, 2)]) == pytest.approx([180, 90])


def test_no_joints_have_no_angles() -> None:
    assert joint_angles_deg(landmarks(), []).shape == (0,)


@pytest.mark.parametrize("end", [(0, 0, 0), (math.nan, 0, 0), (math.inf, 0, 0)])
def test_a_bone_without_a_direction_has_no_angle(end: Any) -> None:
    assert math.isnan(angle((1, 0, 0), (0, 0, 0), end))


@pytest.mark.parametrize("triple", [(0, 1, 3), (-1, 0, 1)])
def test_a_row_that_is_not_there_is_refused(triple: Any) -> None:
    points = landmarks((1, 0, 0), (0, 0, 0), (0, 1, 0))
    with pytest.raises(ValueError, match="found 3 landmarks"):
        joint_angles_deg(points, [triple])
