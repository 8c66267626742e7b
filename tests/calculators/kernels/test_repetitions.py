"""Counting repetitions; and the figure of the sample clip, whose joints are known."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from calculators.kernels.joint_angle import joint_angles_deg
from calculators.kernels.repetitions import RepetitionCount
from calculators.types import WorldLandmarks


def counts(angles: Sequence[float], step_us: int = 100_000, min_duration_us: int = 0) -> list[int]:
    counting = RepetitionCount(90.0, 150.0, min_duration_us)
    return [counting.update(angle, step_us * at) for at, angle in enumerate(angles)]


def test_a_repetition_counts_when_it_is_over() -> None:
    assert counts([170, 120, 80, 120, 160, 170]) == [0, 0, 0, 0, 1, 1]


def test_the_marks_themselves_belong_to_bottom_and_end() -> None:
    assert counts([90, 150]) == [0, 1]


def test_a_half_hearted_repetition_does_not_count() -> None:
    assert counts([170, 91, 170, 91, 170]) == [0] * 5


def test_bouncing_at_the_bottom_counts_once() -> None:
    assert counts([170, 85, 140, 85, 140, 85, 160]) == [0, 0, 0, 0, 0, 0, 1]


def test_one_that_is_not_over_does_not_count() -> None:
    counting = RepetitionCount(90.0, 150.0)
    counting.update(80, 0)
    assert (counting.count, counting.is_down) == (0, True)


def test_one_that_is_too_quick_is_noise_and_is_not_made_up_for_later() -> None:
    assert counts([170, 80, 170, 170, 170], min_duration_us=100_001) == [0] * 5
    assert counts([170, 80, 170, 170, 170], min_duration_us=100_000) == [0, 0, 1, 1, 1]


def test_an_angle_that_is_not_known_changes_nothing() -> None:
    assert counts([math.nan, 80, math.nan, 160]) == [0, 0, 0, 1]


@given(noise=st.lists(st.floats(-29.0, 29.0), min_size=40, max_size=40))
def test_noise_narrower_than_the_marks_counts_nothing_of_its_own(noise: list[float]) -> None:
    down, up = [60.0] * 20, [180.0] * 20
    wave = [angle + each for angle, each in zip(down + up, noise, strict=True)]
    assert counts(wave)[-1] == 1


def test_the_true_joints_of_the_sample_clip_squat_twice(repository: Path) -> None:
    truth = json.loads((repository / "samples" / "figure.joints.json").read_text("utf-8"))
    rows = [
        tuple(truth["joint_names"].index(f"{side}_{name}") for name in ("HIP", "KNEE", "ANKLE"))
        for side in ("LEFT", "RIGHT")
    ]
    counting = RepetitionCount(120.0, 150.0, 200_000)
    for frame in truth["frames"]:
        joints = np.asarray(frame["joints"], np.float32)[:, 2:]
        angles = joint_angles_deg(WorldLandmarks(joints), rows)
        counting.update(float(np.mean(angles)), frame["timestamp_us"])
    assert counting.count == 2
