from __future__ import annotations

import math

import numpy as np
import pytest

from calculators.kernels.landmarks import project_landmarks
from calculators.kernels.mirror import (
    mirror_image,
    mirror_landmarks,
    mirror_rect,
    mirror_world_landmarks,
)
from calculators.types import (
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    RgbImage,
    WorldLandmarks,
)

SIZE = ImageSize(10, 6)


def landmarks_at(*points_px: tuple[float, float]) -> NormalizedLandmarks:
    landmarks = np.zeros((len(points_px), 5), np.float32)
    landmarks[:, :2] = np.array(points_px) / SIZE
    return NormalizedLandmarks(landmarks)


def test_a_pixel_and_the_landmark_on_it_go_to_the_same_column() -> None:
    image = np.zeros((6, 10, 3), np.uint8)
    image[2, 7] = 255
    row, column = np.argwhere(mirror_image(RgbImage(image))[..., 0]).tolist()[0]
    found = mirror_landmarks(landmarks_at((7, 2)), SIZE, ())
    np.testing.assert_allclose(found[0, :2] * SIZE, [column, row], atol=1e-5)


def test_mirroring_twice_changes_nothing() -> None:
    rect = NormalizedRect(np.array([0.3, 0.4, 0.2, 0.3, 0.7], np.float32))
    np.testing.assert_allclose(mirror_rect(mirror_rect(rect, SIZE), SIZE), rect, atol=1e-6)
    landmarks = landmarks_at((1, 2), (3, 4), (5, 5))
    once = mirror_landmarks(landmarks, SIZE, [(0, 2)])
    np.testing.assert_allclose(mirror_landmarks(once, SIZE, [(0, 2)]), landmarks, atol=1e-6)


def test_what_stands_in_a_region_stands_mirrored_in_the_mirrored_region() -> None:
    square = ImageSize(10, 10)
    region = NormalizedRect(np.array([0.3, 0.4, 0.2, 0.2, 0.7], np.float32))
    inside = np.array([[0.1, 0.8, 0, 1, 1], [0.6, 0.3, 0, 1, 1]], np.float32)
    in_mirror = inside.copy()
    in_mirror[:, 0] = 1 - inside[:, 0]
    plain = project_landmarks(NormalizedLandmarks(inside), region)
    mirrored = project_landmarks(NormalizedLandmarks(in_mirror), mirror_rect(region, square))
    # Pixel centres: the mirror lies half a pixel left of the image's middle.
    np.testing.assert_allclose(mirror_landmarks(plain, square, ()), mirrored, atol=1e-6)


def test_left_and_right_change_places_and_keep_their_visibility() -> None:
    landmarks = landmarks_at((1, 1), (2, 2), (8, 3))
    landmarks[:, 3] = 0.1, 0.2, 0.3
    found = mirror_landmarks(landmarks, SIZE, [(1, 2)])
    np.testing.assert_allclose(found[:, 3], [0.1, 0.3, 0.2])
    np.testing.assert_allclose(found[1, :2] * SIZE, [1, 3], atol=1e-5)


def test_world_landmarks_turn_about_the_plane_through_the_hips() -> None:
    world = WorldLandmarks(np.array([[0.2, 0.5, -0.1, 1, 1], [-0.3, 0.4, 0.2, 0, 0]], np.float32))
    found = mirror_world_landmarks(world, [(0, 1)])
    np.testing.assert_allclose(found[:, :3], [[0.3, 0.4, 0.2], [-0.2, 0.5, -0.1]])


def test_a_half_turn_stays_within_the_range_of_rotations() -> None:
    rect = NormalizedRect(np.array([0.5, 0.5, 1, 1, -math.pi], np.float32))
    assert -math.pi - 1e-6 <= mirror_rect(rect, SIZE)[4] < math.pi


def test_a_pair_of_rows_that_do_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="found 1 landmarks; expected rows 0 and 3"):
        mirror_landmarks(landmarks_at((1, 1)), SIZE, [(0, 3)])
