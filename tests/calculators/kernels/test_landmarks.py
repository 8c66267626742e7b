from __future__ import annotations

import math

import numpy as np
import pytest

from calculators.kernels.landmarks import (
    LandmarkLayout,
    bounding_box_scale_px,
    decode_landmarks,
    landmarks_to_detection,
    project_landmarks,
    replace_xyz_from_pixels,
    rotate_world_landmarks,
    with_visibility,
    xyz_to_pixels,
)
from calculators.kernels.transcendental import cosf, sigmoid, sinf
from calculators.types import (
    FloatArray,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    WorldLandmarks,
)

FULL = LandmarkLayout(
    num_landmarks=39,
    input_image_width=256,
    input_image_height=256,
    sigmoid_fields=frozenset({"visibility", "presence"}),
)
SIZE = ImageSize(640, 480)


def random_landmarks(seed: int, count: int = 33) -> FloatArray:
    values = np.random.default_rng(seed).normal(0.5, 0.4, (count, 5)).astype(np.float32)
    values.flags.writeable = False
    return values


def test_full_model_layout() -> None:
    tensor = np.random.default_rng(1).normal(0, 100, (1, 195)).astype(np.float32)
    result = decode_landmarks(tensor, FULL)
    values = tensor.reshape(39, 5)
    assert result.shape == (39, 5)
    assert np.array_equal(result[:, :3], values[:, :3] / np.float32(256))
    assert np.array_equal(result[:, 3:], sigmoid(values[:, 3:]))


def test_three_field_layout_has_flat_z_and_no_presence() -> None:
    layout = LandmarkLayout(
        num_landmarks=33,
        fields=("x", "y", "visibility"),
        input_image_width=256,
        input_image_height=128,
        sigmoid_fields=frozenset({"visibility"}),
    )
    tensor = np.random.default_rng(2).normal(0, 50, (33, 3)).astype(np.float32)
    result = decode_landmarks(tensor, layout)
    assert np.array_equal(result[:, 0], tensor[:, 0] / np.float32(256))
    assert np.array_equal(result[:, 1], tensor[:, 1] / np.float32(128))
    assert not result[:, 2].any()
    assert np.array_equal(result[:, 3], sigmoid(tensor[:, 2]))
    assert np.all(np.isnan(result[:, 4]))


def test_field_order_is_free() -> None:
    layout = LandmarkLayout(num_landmarks=1, fields=("presence", "z", "y", "x"))
    tensor = np.array([4, 3, 2, 1], np.float32)
    assert decode_landmarks(tensor, layout)[0, [0, 1, 2, 4]].tolist() == [1, 2, 3, 4]


def test_world_tensor_without_divisors_passes_through() -> None:
    layout = LandmarkLayout(num_landmarks=39, fields=("x", "y", "z"))
    tensor = np.random.default_rng(3).normal(size=(1, 117)).astype(np.float32)
    assert np.array_equal(decode_landmarks(tensor, layout)[:, :3], tensor.reshape(39, 3))


def test_z_is_divided_by_the_width_and_then_by_its_own_divisor() -> None:
    layout = LandmarkLayout(
        num_landmarks=1, input_image_width=3, input_image_height=5, normalize_z=7
    )
    z = np.float32(1) / np.float32(3) / np.float32(7)
    assert decode_landmarks(np.ones(5, np.float32), layout)[0, 2] == z


def test_more_values_than_fields_are_ignored() -> None:
    layout = LandmarkLayout(num_landmarks=2, fields=("x", "y"))
    result = decode_landmarks(np.arange(8, dtype=np.float32), layout)
    assert result[:, :2].tolist() == [[0, 1], [4, 5]]


@pytest.mark.parametrize("values", [194, 39 * 4])
def test_a_tensor_that_does_not_fit_is_refused(values: int) -> None:
    with pytest.raises(ValueError, match="for 39 landmarks of 5 fields"):
        decode_landmarks(np.zeros((1, values), np.float32), FULL)


def test_wrong_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown landmark fields \['w'\]"):
        LandmarkLayout(num_landmarks=1, fields=("x", "y", "w"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected x and y, once"):
        LandmarkLayout(num_landmarks=1, fields=("x", "x", "y"))
    with pytest.raises(ValueError, match="divisor of 0"):
        LandmarkLayout(num_landmarks=1, normalize_z=0)


def test_projection_equals_the_loop_of_the_source() -> None:
    landmarks = random_landmarks(4)
    rect = np.array([0.4, 0.6, 0.7, 0.9, 0.8], np.float32)
    result = project_landmarks(NormalizedLandmarks(landmarks), NormalizedRect(rect))
    half = np.float32(0.5)
    for before, after in zip(landmarks, result, strict=True):
        x, y = before[0] - half, before[1] - half
        new_x = cosf(rect[4]) * x - sinf(rect[4]) * y
        new_y = sinf(rect[4]) * x + cosf(rect[4]) * y
        assert after[0] == new_x * rect[2] + rect[0]
        assert after[1] == new_y * rect[3] + rect[1]
        assert after[2] == before[2] * rect[2]
        assert np.array_equal(after[3:], before[3:])


def test_the_centre_projects_to_the_centre_of_the_rectangle() -> None:
    landmarks = NormalizedLandmarks(np.full((1, 5), 0.5, np.float32))
    rect = NormalizedRect(np.array([0.3, 0.7, 0.2, 0.1, 1.2], np.float32))
    assert project_landmarks(landmarks, rect)[0, :2].tolist() == rect[:2].tolist()


def test_opposite_rotations_cancel() -> None:
    landmarks = WorldLandmarks(random_landmarks(5))
    there = rotate_world_landmarks(landmarks, np.float32(1.1))
    back = rotate_world_landmarks(there, np.float32(-1.1))
    assert np.allclose(back, landmarks, atol=1e-6)
    assert not np.allclose(there[:, :2], landmarks[:, :2], atol=0.1)
    assert np.array_equal(there[:, 2:], landmarks[:, 2:])


def test_a_quarter_turn_is_clockwise_on_screen() -> None:
    right = WorldLandmarks(np.array([[1, 0, 0, 1, 1]], np.float32))
    turned = rotate_world_landmarks(right, np.float32(math.pi / 2))
    assert turned[0, :2].tolist() == pytest.approx([0, 1], abs=1e-6)


def test_pixels_and_back_is_a_float32_round_trip() -> None:
    landmarks = NormalizedLandmarks(random_landmarks(6))
    pixels = xyz_to_pixels(landmarks, SIZE)
    scale = np.array([640, 480, 640], np.float32)
    assert np.array_equal(pixels, landmarks[:, :3] * scale)
    back = replace_xyz_from_pixels(landmarks, pixels, SIZE)
    assert np.array_equal(back[:, :3], pixels / scale)
    assert np.array_equal(back[:, 3:], landmarks[:, 3:])


def test_visibility_is_copied_and_coordinates_are_kept() -> None:
    world, image = random_landmarks(7), random_landmarks(8)
    result = with_visibility(WorldLandmarks(world), NormalizedLandmarks(image))
    assert np.array_equal(result, np.concatenate([world[:, :3], image[:, 3:]], axis=1))
    with pytest.raises(ValueError, match="expected the same"):
        with_visibility(WorldLandmarks(world), NormalizedLandmarks(image[:5]))


def test_detection_holds_the_bounding_box_and_the_points() -> None:
    landmarks = NormalizedLandmarks(random_landmarks(9))
    detection = landmarks_to_detection(landmarks)
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    assert np.array_equal(detection.box, np.concatenate([low, high - low]))
    assert np.array_equal(detection.keypoints, landmarks[:, :2])
    some = landmarks_to_detection(landmarks, [3, 1])
    assert np.array_equal(some.keypoints, landmarks[[3, 1], :2])


def test_a_box_left_of_the_image_reaches_to_zero_as_in_the_source() -> None:
    landmarks = NormalizedLandmarks(np.full((2, 5), -0.5, np.float32))
    assert landmarks_to_detection(landmarks).box.tolist() == [-0.5, -0.5, 0.5, 0.5]


@pytest.mark.parametrize("selected", [[], [33], [-1]])
def test_missing_rows_are_refused(selected: list[int]) -> None:
    with pytest.raises(ValueError, match="of 33 landmarks"):
        landmarks_to_detection(NormalizedLandmarks(random_landmarks(10)), selected)


def test_bounding_box_scale_is_the_mean_side() -> None:
    points = np.array([[0, 10, 5], [4, 2, -80]], np.float32)
    assert bounding_box_scale_px(points) == 6


def test_no_landmarks_stay_no_landmarks() -> None:
    none = np.zeros((0, 5), np.float32)
    rect = NormalizedRect(np.ones(5, np.float32))
    assert project_landmarks(NormalizedLandmarks(none), rect).shape == (0, 5)
    assert rotate_world_landmarks(WorldLandmarks(none), np.float32(1)).shape == (0, 5)
    assert xyz_to_pixels(NormalizedLandmarks(none), SIZE).shape == (0, 3)
