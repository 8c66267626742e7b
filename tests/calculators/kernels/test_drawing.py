from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.drawing import (
    GREEN,
    LEFT_ORANGE,
    LIGHT_GRAY,
    RED,
    RIGHT_CYAN,
    draw_detections_onto,
    draw_landmarks_onto,
    draw_lines_of_text_onto,
    draw_pose,
    draw_rect_onto,
    pose_point_style,
    to_pixel,
)
from calculators.types import Detections, ImageSize, NormalizedLandmarks, NormalizedRect, RgbImage


def blank() -> RgbImage:
    return RgbImage(np.zeros((100, 200, 3), np.uint8))


def landmarks_at(*points: tuple[float, float]) -> NormalizedLandmarks:
    result = np.full((len(points), 5), np.nan, np.float32)
    result[:, :2] = np.reshape(points, (-1, 2))
    return NormalizedLandmarks(result)


def has_color(image: RgbImage, color: tuple[int, int, int]) -> bool:
    return bool(np.any(np.all(image == color, axis=-1)))


@pytest.mark.parametrize(
    ("point", "pixel"),
    [
        ((0.0, 0.0), (0, 0)),
        ((1.0, 1.0), (199, 99)),
        ((0.5, 0.999), (100, 99)),
        ((-0.01, 0.5), None),
        ((0.5, 1.01), None),
        ((float("nan"), 0.5), None),
    ],
)
def test_pixels_are_floored_and_clipped_to_the_last(
    point: tuple[float, float], pixel: tuple[int, int] | None
) -> None:
    assert to_pixel(*point, ImageSize(200, 100)) == pixel


def test_points_have_a_gray_border_and_their_colour_inside() -> None:
    canvas = blank()
    draw_landmarks_onto(canvas, landmarks_at((0.5, 0.5)))
    assert tuple(canvas[50, 102]) == RED
    assert tuple(canvas[50, 104]) == LIGHT_GRAY
    assert not canvas[40:45].any()


def test_lines_join_visible_ends_only() -> None:
    ends = landmarks_at((0.1, 0.5), (0.9, 0.5), (0.5, 2.0))
    canvas = blank()
    draw_landmarks_onto(canvas, ends, [(0, 1), (1, 2)], None)
    assert tuple(canvas[50, 100]) == LIGHT_GRAY
    hidden = ends.copy()
    hidden[0, 3] = 0.49
    canvas = blank()
    draw_landmarks_onto(canvas, NormalizedLandmarks(hidden), [(0, 1), (1, 2)], None)
    assert not canvas.any()


@pytest.mark.parametrize(
    ("visibility", "presence", "is_drawn"),
    [(0.5, 0.5, True), (0.49, 1.0, False), (1.0, 0.49, False), (np.nan, np.nan, True)],
)
def test_visibility_and_presence_gate_when_set(
    visibility: float, presence: float, is_drawn: bool
) -> None:
    point = landmarks_at((0.5, 0.5))
    point[0, 3:] = visibility, presence
    canvas = blank()
    draw_landmarks_onto(canvas, point)
    assert canvas.any() == is_drawn


def test_a_connection_to_a_missing_row_is_refused() -> None:
    with pytest.raises(ValueError, match="connection 0-5 for 1 landmarks"):
        draw_landmarks_onto(blank(), landmarks_at((0.5, 0.5)), [(0, 5)])


def test_the_pose_is_drawn_on_a_copy_in_the_colours_of_its_sides() -> None:
    rng = np.random.default_rng(1)
    image = blank()
    image.flags.writeable = False
    result = draw_pose(image, landmarks_at(*rng.uniform(0.1, 0.9, (33, 2)).tolist()))
    assert not image.any()
    assert has_color(result, LEFT_ORANGE)
    assert has_color(result, RIGHT_CYAN)
    assert has_color(result, LIGHT_GRAY)


def test_style_covers_every_landmark_by_side() -> None:
    colors = [pose_point_style()[row].color for row in range(33)]
    assert colors[0] == LIGHT_GRAY
    assert colors.count(LEFT_ORANGE) == colors.count(RIGHT_CYAN) == 16
    assert colors[9] == LEFT_ORANGE
    assert colors[10] == RIGHT_CYAN


def test_region_outline_follows_the_corners() -> None:
    canvas = blank()
    draw_rect_onto(canvas, NormalizedRect(np.array([0.5, 0.5, 0.5, 0.5, 0], np.float32)))
    assert tuple(canvas[25, 100]) == tuple(canvas[50, 50]) == RED
    assert not canvas[50, 100].any()


@pytest.mark.parametrize("side", [1e30, 1e9, float("nan"), float("inf")])
def test_wild_regions_do_not_fail(side: float) -> None:
    canvas = blank()
    draw_rect_onto(canvas, NormalizedRect(np.array([0.5, 0.5, side, side, 1], np.float32)))
    box = np.array([[0.1, 0.1, side, side]], np.float32)
    draw_detections_onto(
        canvas, Detections(np.ones(1, np.float32), box, np.zeros((1, 0, 2), np.float32))
    )


def test_detections_show_box_and_keypoints() -> None:
    canvas = blank()
    boxes = np.array([[0.25, 0.25, 0.5, 0.5]], np.float32)
    points = np.array([[[0.5, 0.5]]], np.float32)
    draw_detections_onto(canvas, Detections(np.ones(1, np.float32), boxes, points))
    assert tuple(canvas[25, 100]) == tuple(canvas[50, 50]) == tuple(canvas[50, 100]) == GREEN


def test_nothing_to_draw_draws_nothing() -> None:
    canvas = blank()
    draw_landmarks_onto(canvas, landmarks_at())
    empty = np.zeros((0, 4), np.float32)
    draw_detections_onto(canvas, Detections(empty[:, 0], empty, np.zeros((0, 4, 2), np.float32)))
    assert not canvas.any()


@pytest.mark.parametrize("height", [4, 14, 40])
def test_lines_of_text_stand_on_a_dark_plate_of_their_size(height: int) -> None:
    image = RgbImage(np.full((400, 600, 3), 128, np.uint8))
    draw_lines_of_text_onto(image, ["squats 2", "up"], height)
    plate = np.argwhere((image != 128).any(axis=2))
    assert plate.min() == 0
    assert plate[:, 0].max() == 4 * height  # Two lines.
    assert plate[:, 1].max() >= 4 * height
    assert (image == 128).any()


def test_no_lines_of_text_change_nothing() -> None:
    image = RgbImage(np.full((40, 60, 3), 128, np.uint8))
    draw_lines_of_text_onto(image, [], 14)
    assert (image == 128).all()
