"""JointAngleCalculator."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import ValidationError

from calculators.landmark.joint_angle import (
    JointAngleCalculator,
    JointAngleOptions,
    JointName,
    joint_triple,
)
from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import CalculatorError


def pose(**points: tuple[float, ...]) -> Any:
    """A visible pose at the origin, with some landmarks elsewhere."""
    rows = np.zeros((33, 5), np.float32)
    rows[:, 3:] = 1
    for name, values in points.items():
        rows[PoseLandmark[name], : len(values)] = values
    return make_read_only(rows)


def angles(points: Any, **options: Any) -> list[float]:
    runner = CalculatorRunner(JointAngleCalculator, options=options)
    found = runner.run({"WORLD_LANDMARKS": [Packet(points, 5)]})["ANGLE"]
    assert found.bound > 5
    return found.values


BENT = pose(
    LEFT_HIP=(0, 1, 0),
    LEFT_ANKLE=(0, 0, 1),
    RIGHT_HIP=(0, 1, 0),
    RIGHT_ANKLE=(0, -1, 0),
)
"""The left knee at 90 degrees, the right one straight."""


def test_a_joint_of_a_pose_is_named() -> None:
    assert angles(BENT, joint=["LEFT_KNEE"]) == [pytest.approx(90)]
    assert angles(BENT, joint=["RIGHT_KNEE"]) == [pytest.approx(180)]


def test_several_joints_give_their_mean() -> None:
    assert angles(BENT, joint=["LEFT_KNEE", "RIGHT_KNEE"]) == [pytest.approx(135)]


def test_a_joint_is_also_named_by_its_rows() -> None:
    assert angles(BENT, landmarks=[(23, 25, 27)]) == [pytest.approx(90)]


@pytest.mark.parametrize("row", ["LEFT_HIP", "LEFT_KNEE", "LEFT_ANKLE"])
def test_a_joint_that_is_not_wholly_seen_does_not_count(row: str) -> None:
    hidden = BENT.copy()
    hidden[PoseLandmark[row], 3] = 0.4
    assert angles(hidden, joint=["LEFT_KNEE", "RIGHT_KNEE"]) == [pytest.approx(180)]
    assert angles(hidden, joint=["LEFT_KNEE"]) == []
    assert angles(hidden, joint=["LEFT_KNEE"], min_visibility=0.3) == [pytest.approx(90)]


def test_landmarks_that_do_not_say_whether_they_are_seen_count() -> None:
    unknown = BENT.copy()
    unknown[:, 3] = math.nan
    assert angles(unknown, joint=["LEFT_KNEE"]) == [pytest.approx(90)]


def test_a_joint_without_a_direction_gives_nothing() -> None:
    assert angles(pose(), joint=["LEFT_KNEE"]) == []


@pytest.mark.parametrize("joint", get_args(JointName))
def test_the_ends_of_every_named_joint_are_its_neighbours_in_the_body(joint: JointName) -> None:
    bones = {frozenset(pair) for pair in POSE_CONNECTIONS}
    first, middle, second = joint_triple(joint)
    assert {frozenset((first, middle)), frozenset((middle, second))} <= bones
    assert len({first % 2, middle % 2, second % 2}) == 1


def test_no_joint_is_refused_with_the_graph() -> None:
    with pytest.raises(ValidationError, match="found no joint"):
        JointAngleOptions()


def test_too_few_landmarks_are_refused() -> None:
    with pytest.raises(CalculatorError, match="found 21 landmarks; the joints need rows up to 27"):
        angles(BENT[:21], joint=["LEFT_KNEE"])
