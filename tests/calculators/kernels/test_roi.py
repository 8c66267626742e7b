from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from calculators.kernels.roi import (
    RectTransformation,
    mean_side_px,
    normalize_radians,
    rect_from_alignment_points,
    rect_from_box,
    rect_from_keypoints,
    roi_from_rect,
    rotation_between,
    transform_rect,
    whole_image_roi,
)
from calculators.types import FloatArray, ImageSize, NormalizedRect

SIZE = ImageSize(640, 480)
UP = math.pi / 2


def point(x_px: float, y_px: float) -> FloatArray:
    return np.array([x_px / SIZE.width, y_px / SIZE.height], np.float32)


def rect(*values: float) -> NormalizedRect:
    return NormalizedRect(np.array(values, np.float32))


@pytest.mark.parametrize(
    ("edge_px", "rotation"),
    [((320, 140), 0.0), ((420, 240), UP), ((220, 240), -UP), ((320, 340), -math.pi)],
)
def test_rotation_is_clockwise_from_straight_up(edge_px: tuple[int, int], rotation: float) -> None:
    found = rect_from_alignment_points(point(320, 240), point(*edge_px), SIZE, UP)
    difference = (float(found[4]) - rotation) / (2 * math.pi)
    assert abs(difference - round(difference)) < 1e-6
    assert -math.pi - 1e-6 <= found[4] <= math.pi
    assert np.allclose(found[:2], [0.5, 0.5])
    assert found[2] * SIZE.width == pytest.approx(200, rel=1e-6)
    assert found[3] * SIZE.height == pytest.approx(200, rel=1e-6)


def test_rotation_between_points_agrees_with_the_alignment_rectangle() -> None:
    start, end = point(100, 200), point(150, 90)
    found = rect_from_alignment_points(start, end, SIZE, UP)
    assert rotation_between(start, end, SIZE, UP) == found[4]


@pytest.mark.parametrize("turns", [-3, -1, 0, 1, 4])
@pytest.mark.parametrize("angle", [-3.0, -1.0, 0.0, 1.0, 3.0])
def test_wrapping_removes_whole_turns(angle: float, turns: int) -> None:
    wrapped = normalize_radians(np.float32(angle + turns * 2 * math.pi))
    assert wrapped == pytest.approx(angle, abs=3e-6)


def test_float32_pi_lies_above_pi_and_wraps() -> None:
    assert normalize_radians(np.float32(math.pi)) == np.float32(-3.1415925)


def test_square_long_takes_the_longer_side_in_pixels() -> None:
    options = RectTransformation(scale_x=1.25, scale_y=1.5, square_long=True)
    result = transform_rect(rect(0.5, 0.5, 0.5, 0.5, 0.3), SIZE, options)
    assert result.tolist() == pytest.approx([0.5, 0.5, 0.625, 1.0, 0.3])


def test_square_short_takes_the_shorter_side_in_pixels() -> None:
    result = transform_rect(
        rect(0.5, 0.5, 0.5, 0.5, 0.3), SIZE, RectTransformation(square_short=True)
    )
    assert result.tolist() == pytest.approx([0.5, 0.5, 0.375, 0.5, 0.3])


def test_a_shift_follows_the_rotation_of_the_rectangle() -> None:
    shift = RectTransformation(shift_y=-0.5)
    upright = transform_rect(rect(0.5, 0.5, 0.2, 0.4, 0.0), SIZE, shift)
    assert upright.tolist() == pytest.approx([0.5, 0.3, 0.2, 0.4, 0.0])
    turned = transform_rect(rect(0.5, 0.5, 0.2, 0.4, UP), SIZE, shift)
    # 96 px along the image's x axis.
    assert turned.tolist() == pytest.approx([0.65, 0.5, 0.2, 0.4, UP])


def test_the_option_rotation_turns_the_shift_but_not_the_result() -> None:
    options = RectTransformation(shift_y=-0.5, rotation=UP)
    result = transform_rect(rect(0.5, 0.5, 0.2, 0.4, 0.0), SIZE, options)
    assert result.tolist() == pytest.approx([0.65, 0.5, 0.2, 0.4, 0.0])


def test_no_transformation_changes_nothing_and_copies() -> None:
    before = rect(0.1, 0.2, 0.3, 0.4, 0.5)
    after = transform_rect(before, SIZE, RectTransformation())
    assert np.array_equal(before, after)
    assert after is not before


def test_both_squarings_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="at most one"):
        replace(RectTransformation(square_long=True), square_short=True)


def test_a_box_becomes_the_rectangle_about_its_centre() -> None:
    box = np.array([0.1, 0.2, 0.4, 0.2], np.float32)
    assert rect_from_box(box, 0.5).tolist() == pytest.approx([0.3, 0.3, 0.4, 0.2, 0.5])


def test_keypoints_become_the_rectangle_around_them() -> None:
    points = np.array([[0.1, 0.9], [0.5, 0.3], [0.2, 0.4]], np.float32)
    assert rect_from_keypoints(points, 0.0).tolist() == pytest.approx([0.3, 0.6, 0.4, 0.6, 0.0])
    with pytest.raises(ValueError, match="at least 1"):
        rect_from_keypoints(points[:0], 0.0)


def test_pixels_are_float32_products() -> None:
    roi = roi_from_rect(rect(0.5, 0.25, 0.1, 0.2, 1.0), SIZE)
    sides = [float(np.float32(0.1) * np.float32(640)), float(np.float32(0.2) * np.float32(480))]
    assert [float(value) for value in roi] == [320, 120, *sides, 1]
    assert all(isinstance(value, np.float32) for value in roi)
    assert [float(value) for value in whole_image_roi(SIZE)] == [320, 240, 640, 480, 0]


def test_mean_side_is_in_pixels() -> None:
    assert mean_side_px(rect(0, 0, 0.5, 0.5, 0), SIZE) == 280
