from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.letterbox import (
    no_padding,
    pad_roi,
    remove_from_detections,
    remove_from_landmarks,
)
from calculators.kernels.roi import RoiPx, whole_image_roi
from calculators.types import Detections, ImageSize, LetterboxPadding, NormalizedLandmarks

SQUARE = ImageSize(224, 224)


@pytest.mark.parametrize(
    ("image", "tensor", "sides", "padding"),
    [
        ((640, 480), (224, 224), (640, 640), (0, 0.125, 0, 0.125)),
        ((480, 640), (224, 224), (640, 640), (0.125, 0, 0.125, 0)),
        ((640, 480), (128, 96), (640, 480), (0, 0, 0, 0)),
        ((100, 100), (200, 100), (200, 100), (0.25, 0, 0.25, 0)),
    ],
)
def test_the_region_grows_to_the_aspect_of_the_tensor(
    image: tuple[int, int],
    tensor: tuple[int, int],
    sides: tuple[int, int],
    padding: tuple[float, ...],
) -> None:
    padded, found = pad_roi(whole_image_roi(ImageSize(*image)), ImageSize(*tensor))
    assert (float(padded.width_px), float(padded.height_px)) == sides
    center = (float(padded.x_center_px), float(padded.y_center_px))
    assert center == (image[0] / 2, image[1] / 2)
    assert found.dtype == np.float32
    assert found.tolist() == list(padding)


@pytest.mark.parametrize("sides", [(0, 10), (10, -1), (float("nan"), 10)])
def test_a_region_without_area_is_refused(sides: tuple[float, float]) -> None:
    roi = RoiPx(*(np.float32(value) for value in (5, 5, *sides, 0)))
    with pytest.raises(ValueError, match="expected sides above 0"):
        pad_roi(roi, SQUARE)


def test_removal_maps_the_padded_corners_onto_the_unit_square() -> None:
    _, padding = pad_roi(whole_image_roi(ImageSize(640, 480)), SQUARE)
    corners = np.array([[[0, 0.125], [1, 0.875]]], np.float32)
    box = np.array([[0, 0.125, 1, 0.75]], np.float32)
    result = remove_from_detections(Detections(np.ones(1, np.float32), box, corners), padding)
    assert result.keypoints.tolist() == [[[0, 0], [1, 1]]]
    assert result.boxes.tolist() == [[0, 0, 1, 1]]


def test_landmark_depth_scales_as_x() -> None:
    padding = LetterboxPadding(np.array([0.25, 0, 0.25, 0], np.float32))
    landmarks = NormalizedLandmarks(np.array([[0.5, 0.5, 0.2, 0.9, 0.8]], np.float32))
    result = remove_from_landmarks(landmarks, padding)
    assert result.tolist() == [pytest.approx([0.5, 0.5, 0.4, 0.9, 0.8])]
    assert landmarks[0, 2] == np.float32(0.2)


def test_no_padding_changes_no_bit() -> None:
    landmarks = np.random.default_rng(1).normal(size=(33, 5)).astype(np.float32)
    result = remove_from_landmarks(NormalizedLandmarks(landmarks), no_padding())
    assert np.array_equal(result, landmarks)


def test_nothing_in_gives_nothing_out() -> None:
    empty = np.zeros((0, 5), np.float32)
    assert remove_from_landmarks(NormalizedLandmarks(empty), no_padding()).shape == (0, 5)
    none = Detections(empty[:, 0], empty[:, :4], np.zeros((0, 4, 2), np.float32))
    assert len(remove_from_detections(none, no_padding())) == 0
