from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from calculators.kernels.enclosing_square import enclosing_square
from calculators.types import ImageSize, NormalizedLandmarks

SIZE = ImageSize(100, 200)
UP = math.pi / 2


def square(*positions: tuple[float, float], **changes: Any) -> Any:
    landmarks = np.zeros((len(positions), 5), np.float32)
    landmarks[:, :2] = positions
    chosen: dict[str, Any] = {"center_rows": [0], "direction_rows": [1], "target_angle_rad": UP}
    return enclosing_square(NormalizedLandmarks(landmarks), SIZE, **{**chosen, **changes})


def test_the_centre_is_the_mean_of_its_rows_and_the_side_twice_the_farthest_distance() -> None:
    found = square((0.4, 0.5), (0.5, 0.4), (0.6, 0.5), (0.5, 0.8), center_rows=[0, 2])
    np.testing.assert_allclose(found, [0.5, 0.5, 1.2, 0.6, 0.0], atol=1e-6)


@pytest.mark.parametrize("angle_rad", [-3.0, -1.0, 0.0, 0.5, 2.0])
def test_a_body_that_turns_turns_its_square_and_nothing_else(angle_rad: float) -> None:
    radius_px = 30.0
    tip_px = (50 + radius_px * math.sin(angle_rad), 100 - radius_px * math.cos(angle_rad))
    found = square((0.5, 0.5), (tip_px[0] / 100, tip_px[1] / 200))
    np.testing.assert_allclose(found, [0.5, 0.5, 0.6, 0.3, angle_rad], atol=1e-6)


@pytest.mark.parametrize("target_angle_rad", [0.0, 1.0, UP, 3.0])
def test_without_a_direction_the_square_is_not_turned(target_angle_rad: float) -> None:
    found = square((0.5, 0.5), (0.5, 0.5), (0.5, 0.8), target_angle_rad=target_angle_rad)
    np.testing.assert_allclose(found, [0.5, 0.5, 1.2, 0.6, 0.0], atol=1e-6)


def test_all_landmarks_in_one_point_make_a_square_of_no_size() -> None:
    found = square((0.25, 0.5), (0.25, 0.5))
    np.testing.assert_allclose(found[:4], [0.25, 0.5, 0.0, 0.0], atol=1e-7)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("row", [2, -1])
def test_a_row_that_is_not_there_is_told(row: int) -> None:
    with pytest.raises(ValueError, match="found 2 landmarks; expected rows"):
        square((0, 0), (0, 0), direction_rows=[row])
