from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.heatmap import refine_landmarks
from calculators.kernels.transcendental import sigmoid
from calculators.types import FloatArray, NormalizedLandmarks

WIDTH, HEIGHT = 16, 12


def make_inputs(seed: int, count: int = 39) -> tuple[NormalizedLandmarks, FloatArray]:
    rng = np.random.default_rng(seed)
    landmarks = rng.uniform(-0.2, 1.2, (count, 5)).astype(np.float32)
    landmarks.flags.writeable = False
    heatmap = rng.normal(-1, 2, (HEIGHT, WIDTH, count)).astype(np.float32)
    return NormalizedLandmarks(landmarks), heatmap


def refine_one(landmark: FloatArray, channel: FloatArray, kernel_size: int) -> FloatArray:
    """The source's loop for one landmark, with both optional refinements."""
    result = landmark.copy()
    column, row = int(landmark[0] * np.float32(WIDTH)), int(landmark[1] * np.float32(HEIGHT))
    if not (0 <= column < WIDTH and 0 <= row < HEIGHT):
        return result
    offset = (kernel_size - 1) // 2
    total = x_sum = y_sum = highest = np.float32(0)
    for r in range(max(0, row - offset), min(HEIGHT, row + offset + 1)):
        for c in range(max(0, column - offset), min(WIDTH, column + offset + 1)):
            confidence = np.float32(sigmoid(channel[r, c]))
            total += confidence
            highest = max(highest, confidence)
            x_sum += np.float32(c) * confidence
            y_sum += np.float32(r) * confidence
    if highest >= 0.5 and total > 0:
        result[0] = x_sum / np.float32(WIDTH) / total
        result[1] = y_sum / np.float32(HEIGHT) / total
    result[3], result[4] = min(result[3], highest), min(result[4], highest)
    return result


@pytest.mark.parametrize("kernel_size", [1, 3, 7, 9])
def test_refinement_equals_the_loop_of_the_source(kernel_size: int) -> None:
    landmarks, heatmap = make_inputs(kernel_size)
    found = refine_landmarks(
        landmarks,
        heatmap[None],
        kernel_size=kernel_size,
        min_confidence_to_refine=0.5,
        refine_presence=True,
        refine_visibility=True,
    )
    expected = [
        refine_one(landmark, heatmap[..., index], kernel_size)
        for index, landmark in enumerate(landmarks)
    ]
    assert np.array_equal(found, np.array(expected))
    assert not np.array_equal(found, landmarks)


def test_one_landmark_is_added_in_the_same_order_as_many() -> None:
    landmarks, heatmap = make_inputs(20, count=1)
    options = {"kernel_size": 9, "min_confidence_to_refine": 0.5}
    one = refine_landmarks(landmarks, heatmap, **options)  # type: ignore[arg-type]
    many = refine_landmarks(
        NormalizedLandmarks(np.repeat(landmarks, 5, axis=0)),
        np.repeat(heatmap, 5, axis=-1),
        **options,  # type: ignore[arg-type]
    )
    assert np.array_equal(many, np.repeat(one, 5, axis=0))


def test_only_x_and_y_move_by_default() -> None:
    landmarks, heatmap = make_inputs(21)
    found = refine_landmarks(landmarks, heatmap, kernel_size=7, min_confidence_to_refine=0.5)
    assert np.array_equal(found[:, 2:], landmarks[:, 2:])


def test_an_unsure_heatmap_moves_nothing() -> None:
    landmarks, heatmap = make_inputs(22)
    found = refine_landmarks(
        landmarks, np.minimum(heatmap, -0.1), kernel_size=7, min_confidence_to_refine=0.5
    )
    assert np.array_equal(found, landmarks)


@pytest.mark.parametrize("outside", [1.0, 1.05, -0.09, 1e30, -1e30, float("nan")])
def test_landmarks_outside_stay(outside: float) -> None:
    landmarks = NormalizedLandmarks(np.full((1, 5), 0.5, np.float32))
    landmarks[0, 1] = outside
    heatmap = np.full((HEIGHT, WIDTH, 1), 5, np.float32)
    found = refine_landmarks(landmarks, heatmap, kernel_size=7, min_confidence_to_refine=0.5)
    assert np.array_equal(found, landmarks, equal_nan=True)


def test_a_position_just_below_zero_truncates_to_the_first_cell() -> None:
    landmarks = NormalizedLandmarks(np.full((1, 5), -0.9 / WIDTH, np.float32))
    heatmap = np.full((HEIGHT, WIDTH, 1), 5, np.float32)
    found = refine_landmarks(landmarks, heatmap, kernel_size=1, min_confidence_to_refine=0.5)
    assert found[0, :2].tolist() == [0, 0]


def test_a_lone_peak_attracts_without_half_cell_offset() -> None:
    landmarks = NormalizedLandmarks(np.full((1, 5), 0.5, np.float32))
    heatmap = np.full((HEIGHT, WIDTH, 1), -80, np.float32)
    heatmap[5, 9] = 10
    found = refine_landmarks(landmarks, heatmap, kernel_size=7, min_confidence_to_refine=0.5)
    assert found[0, :2].tolist() == pytest.approx([9 / WIDTH, 5 / HEIGHT])


def test_unset_visibility_stays_unset() -> None:
    landmarks = NormalizedLandmarks(np.array([[0.5, 0.5, 0, np.nan, 0.9]], np.float32))
    found = refine_landmarks(
        landmarks,
        np.zeros((HEIGHT, WIDTH, 1), np.float32),
        kernel_size=3,
        min_confidence_to_refine=0.5,
        refine_presence=True,
        refine_visibility=True,
    )
    assert np.isnan(found[0, 3])
    assert found[0, 4] == 0.5


def test_no_landmarks_need_no_channel() -> None:
    landmarks, heatmap = make_inputs(23, count=0)
    found = refine_landmarks(landmarks, heatmap, kernel_size=7, min_confidence_to_refine=0.5)
    assert found.shape == (0, 5)


def test_a_channel_per_landmark_is_required() -> None:
    landmarks, heatmap = make_inputs(24)
    with pytest.raises(ValueError, match="for 38 landmarks"):
        refine_landmarks(
            NormalizedLandmarks(landmarks[1:]), heatmap, kernel_size=7, min_confidence_to_refine=0.5
        )
