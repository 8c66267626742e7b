"""What is measured of a picture with a body in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.kernels.pose_quality import HEAD, HIPS, SHOULDERS, body_size, head_share, light_of
from calculators.types import ImageSize, NormalizedLandmarks, RgbImage


def body(**rows: Any) -> NormalizedLandmarks:
    """33 landmarks in the middle of the picture, all visible; some rows are moved."""
    landmarks = np.full((33, 5), 0.5, np.float32)
    landmarks[:, 3] = 1.0
    for row, place in rows.items():
        landmarks[int(row[1:]), : len(place)] = place
    return NormalizedLandmarks(landmarks)


def flat(level: int, height: int = 40, width: int = 40) -> RgbImage:
    return RgbImage(np.full((height, width, 3), level, np.uint8))


def test_size_is_the_longer_side_of_the_box_by_the_pictures_longer_side() -> None:
    landmarks = body(_0=(0.5, 0.2), _31=(0.5, 0.8))
    assert body_size(landmarks, ImageSize(100, 200)) == pytest.approx(0.6)
    assert body_size(landmarks, ImageSize(400, 200)) == pytest.approx(0.3)


def test_a_short_box_is_as_large_as_its_torso_says() -> None:
    squat = body(_23=(0.5, 0.65), _24=(0.5, 0.65))
    assert body_size(squat, ImageSize(100, 100)) == pytest.approx(0.15 / 0.3)


def test_no_size_of_landmarks_in_one_place() -> None:
    assert body_size(body(), ImageSize(100, 100)) == 0.0


def test_the_torso_is_between_the_rows_that_say_so() -> None:
    assert (SHOULDERS, HIPS) == ([11, 12], [23, 24])


@pytest.mark.parametrize(
    ("place", "share"),
    [
        ((0.5, 0.5), 1.0),
        ((0.0, 1.0), 1.0),
        ((0.5, -0.01), 0.8),
        ((1.01, 0.5), 0.8),
        ((0.5, 0.5, 0.0, 0.4), 0.8),
        ((0.5, 0.5, 0.0, np.nan), 1.0),
    ],
)
def test_of_the_head_counts_what_is_inside_and_visible(
    place: tuple[float, ...], share: float
) -> None:
    assert head_share(body(_0=place)) == pytest.approx(share)


def test_hands_are_no_head() -> None:
    assert head_share(body(_15=(2.0, 2.0))) == 1.0
    assert HEAD == [0, 2, 5, 7, 8]


def test_light_without_a_body_is_that_of_the_whole_picture() -> None:
    image = flat(100)
    image[:, 20:] = 200
    light = light_of(image, None)
    assert light.luma == pytest.approx(150, abs=0.01)
    assert light.contrast == pytest.approx(50, abs=0.01)


def test_light_of_a_body_is_that_of_its_box() -> None:
    image = flat(255)
    image[10:20, 10:20] = 30
    landmarks = body()
    landmarks[:, :2] = (0.3, 0.3)
    landmarks[0, :2], landmarks[1, :2] = (0.25, 0.25), (0.5, 0.5)
    assert light_of(image, landmarks).luma == pytest.approx(30, abs=0.01)


def test_a_box_outside_the_picture_leaves_the_picture() -> None:
    landmarks = body()
    landmarks[:, :2] += 3
    assert light_of(flat(77), landmarks).luma == pytest.approx(77, abs=0.01)


def test_luma_weighs_the_colours() -> None:
    image = flat(0)
    image[..., 1] = 100
    assert light_of(image, None).luma == pytest.approx(58.7, abs=0.01)


def test_of_a_large_picture_a_sample_does() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (1000, 700, 3), np.uint8)
    whole = (picture.astype(np.float64) @ [0.299, 0.587, 0.114]).mean()
    assert light_of(RgbImage(picture), None).luma == pytest.approx(whole, abs=2.5)
