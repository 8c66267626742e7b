from __future__ import annotations

import math

import numpy as np
import pytest

from calculators.kernels.roi import roi_from_rect
from calculators.kernels.views import (
    degrees_to_radians,
    join_detections,
    project_detections,
    square_view,
)
from calculators.kernels.warp import roi_to_image_matrix
from calculators.types import Detections, ImageSize, Matrix4

SIZE = ImageSize(200, 100)


def one(box: tuple[float, ...], *keypoints: tuple[float, float], score: float = 0.5) -> Detections:
    points = np.array([keypoints], np.float32).reshape(1, -1, 2)
    return Detections(np.array([score], np.float32), np.array([box], np.float32), points)


def matrix_of(side: float, rotation_rad: float) -> Matrix4:
    view = square_view(SIZE, 0.5, 0.5, side, rotation_rad)
    return roi_to_image_matrix(roi_from_rect(view, SIZE), SIZE)


def test_a_view_of_side_1_about_the_middle_holds_the_whole_image() -> None:
    np.testing.assert_allclose(square_view(SIZE, 0.5, 0.5, 1.0, 0.0), [0.5, 0.5, 1, 2, 0])


def test_what_an_unturned_view_shows_moves_as_its_borders_do() -> None:
    found = project_detections(one((0.25, 0.25, 0.5, 0.5), (0.5, 0.25)), matrix_of(1.0, 0.0))
    np.testing.assert_allclose(found.boxes, [[0.25, 0.0, 0.5, 1.0]], atol=1e-6)
    np.testing.assert_allclose(found.keypoints, [[[0.5, 0.0]]], atol=1e-6)


def test_a_quarter_turn_turns_points_clockwise_about_the_middle() -> None:
    # Straight above the middle by half the side (100 px): now to the right of it.
    found = project_detections(one((0.4, 0.4, 0.2, 0.2), (0.5, 0.0)), matrix_of(1.0, math.pi / 2))
    np.testing.assert_allclose(found.keypoints * SIZE, [[[200, 50]]], atol=1e-3)


def test_a_turned_box_becomes_the_upright_one_around_it() -> None:
    found = project_detections(one((0.4, 0.4, 0.2, 0.2)), matrix_of(1.0, math.pi / 4))
    # 40 px square about (100, 50), turned by an eighth.
    diagonal_px = 40 * math.sqrt(2)
    expected_px = [100 - diagonal_px / 2, 50 - diagonal_px / 2, diagonal_px, diagonal_px]
    np.testing.assert_allclose(found.boxes[0] * [*SIZE, *SIZE], expected_px, rtol=1e-5)


def test_nothing_stays_nothing() -> None:
    empty = one((0, 0, 1, 1), (0, 0))
    none = Detections(empty.scores[:0], empty.boxes[:0], empty.keypoints[:0])
    assert len(project_detections(none, matrix_of(1.0, 0.3))) == 0


def test_batches_are_joined_in_order() -> None:
    joined = join_detections(
        [one((0, 0, 1, 1), (0, 0), score=0.3), one((0, 0, 2, 2), (1, 1), score=0.7)]
    )
    np.testing.assert_allclose(joined.scores, [0.3, 0.7])
    np.testing.assert_allclose(joined.boxes[1], [0, 0, 2, 2])


@pytest.mark.parametrize("batches", [[], [one((0, 0, 1, 1), (0, 0)), one((0, 0, 1, 1))]])
def test_batches_of_different_kinds_are_refused(batches: list[Detections]) -> None:
    with pytest.raises(ValueError, match="expected one number"):
        join_detections(batches)


@pytest.mark.parametrize(
    ("angle_degrees", "angle_rad"),
    [(0, 0), (30, math.pi / 6), (-90, -math.pi / 2), (180, -math.pi), (370, math.pi / 18)],
)
def test_degrees_are_wrapped(angle_degrees: float, angle_rad: float) -> None:
    assert degrees_to_radians(angle_degrees) == pytest.approx(angle_rad)
