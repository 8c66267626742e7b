"""The region that truth gives, and how it is disturbed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from calculators.kernels.enclosing_square import enclosing_square
from calculators.kernels.roi import transform_rect
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect
from graphflow.evaluation.regions import (
    HIPS,
    MARGIN,
    SHOULDERS,
    Disturbance,
    region_from_truth,
)
from graphflow.evaluation.samples import FloatArray, Sample, Truth

SIZE = (400, 200)


def sample_of(truth: Truth | None, name: str = "a.png") -> Sample:
    return Sample(name, "set:1", Path(name), None, None, SIZE, truth=truth)


def truth_of(points: dict[int, tuple[float, float]]) -> Truth:
    xy_px = np.full((33, 2), np.nan)
    for row, point in points.items():
        xy_px[row] = point
    is_labelled = np.isfinite(xy_px).all(axis=1)
    return Truth(xy_px, is_labelled.copy(), is_labelled)


# Hips about (200, 120), shoulders above them, a foot 60 px below the hips.
UPRIGHT = {11: (210.0, 80.0), 12: (190.0, 80.0), 23: (205.0, 120.0), 24: (195.0, 120.0)}
STANDING = {**UPRIGHT, 27: (200.0, 180.0)}


def in_pixels(rect: NormalizedRect | None) -> FloatArray:
    assert rect is not None
    return np.asarray(rect, np.float64) * (*SIZE, *SIZE, 1)


def test_the_square_holds_the_farthest_joint_with_a_margin_of_a_quarter() -> None:
    found = in_pixels(region_from_truth(sample_of(truth_of(STANDING))))
    np.testing.assert_allclose(found, [200, 120, 150, 150, 0], atol=1e-3)


def test_it_is_the_square_that_landmarks_to_roi_makes() -> None:
    xy_px = np.random.default_rng(3).uniform(20, 180, (33, 2))
    every = np.ones(33, bool)
    landmarks = np.zeros((33, 5), np.float32)
    landmarks[:, :2] = xy_px / SIZE
    size = ImageSize(*SIZE)
    square = enclosing_square(
        NormalizedLandmarks(landmarks),
        size,
        center_rows=HIPS,
        direction_rows=SHOULDERS,
        target_angle_rad=math.pi / 2,
    )
    found = region_from_truth(sample_of(Truth(xy_px, every, every)))
    assert found is not None
    np.testing.assert_allclose(found, transform_rect(square, size, MARGIN), rtol=1e-5)


def test_a_body_that_lies_to_the_right_turns_the_region_clockwise() -> None:
    lying = {11: (240.0, 110.0), 12: (240.0, 130.0), 23: (200.0, 115.0), 24: (200.0, 125.0)}
    found = region_from_truth(sample_of(truth_of(lying)))
    assert found is not None
    assert found[4] == pytest.approx(math.pi / 2)


@pytest.mark.parametrize("missing", [*HIPS, *SHOULDERS])
def test_without_a_hip_or_a_shoulder_there_is_no_region(missing: int) -> None:
    points = {row: point for row, point in STANDING.items() if row != missing}
    assert region_from_truth(sample_of(truth_of(points))) is None


def test_without_truth_there_is_no_region() -> None:
    assert region_from_truth(sample_of(None)) is None


def test_joints_that_coincide_give_no_region() -> None:
    assert region_from_truth(sample_of(truth_of(dict.fromkeys(UPRIGHT, (5.0, 5.0))))) is None


def test_a_shift_moves_the_centre_by_its_share_of_the_side() -> None:
    sample = sample_of(truth_of(STANDING))
    right = in_pixels(region_from_truth(sample))
    moved = in_pixels(region_from_truth(sample, Disturbance(shift=0.1)))
    assert np.hypot(*(moved - right)[:2]) == pytest.approx(15, abs=1e-3)
    np.testing.assert_allclose(moved[2:], right[2:])


def test_samples_are_shifted_in_many_directions_the_same_in_every_run() -> None:
    def direction_rad(name: str) -> float:
        sample = sample_of(truth_of(STANDING), name)
        moved = in_pixels(region_from_truth(sample, Disturbance(shift=0.1)))
        return math.atan2(moved[1] - 120, moved[0] - 200)

    names = [f"{number}.png" for number in range(64)]
    directions_rad = [direction_rad(name) for name in names]
    assert directions_rad == [direction_rad(name) for name in names]
    assert set(np.floor(np.array(directions_rad) / (math.pi / 2))) == {-2, -1, 0, 1}


def test_scale_and_roll_keep_the_centre() -> None:
    disturbance = Disturbance(scale=1.2, roll_rad=0.25)
    found = in_pixels(region_from_truth(sample_of(truth_of(STANDING)), disturbance))
    np.testing.assert_allclose(found, [200, 120, 180, 180, 0.25], atol=1e-3)


@pytest.mark.parametrize("wrong", [{"shift": -0.1}, {"scale": 0.0}])
def test_a_disturbance_outside_its_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected a shift of at least 0 and a scale"):
        Disturbance(**wrong)
