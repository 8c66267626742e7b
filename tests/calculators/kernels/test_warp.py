from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from calculators.kernels import warp
from calculators.kernels.letterbox import pad_roi
from calculators.kernels.roi import RoiPx, roi_from_rect, whole_image_roi
from calculators.kernels.sampling import Border, SamplingMaps, positions, sample, sampling_maps
from calculators.kernels.warp import (
    crop_rotated,
    pixels_to_tensor,
    roi_corners,
    roi_to_image_matrix,
)
from calculators.types import ImageSize, NormalizedRect, RgbImage


def make_image(seed: int, width: int = 97, height: int = 61) -> RgbImage:
    rng = np.random.default_rng(seed)
    return RgbImage(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def make_roi(*values: float) -> RoiPx:
    return RoiPx(*(np.float32(value) for value in values))


def random_rois(count: int, extent_px: float) -> Iterator[RoiPx]:
    rng = np.random.default_rng(7)
    for _ in range(count):
        x, y = rng.uniform(0, extent_px, 2)
        yield make_roi(x, y, *rng.uniform(10, 2 * extent_px, 2), rng.uniform(-math.pi, math.pi))


ROIS = [
    make_roi(48.5, 30.5, 97, 61, 0),
    make_roi(40, 30, 50, 50, 0.7),
    make_roi(0, 0, 200, 150, -2.5),
    make_roi(-300, 20, 40, 40, 1.0),
    make_roi(50, 30, 3, 2, 3.1),
    make_roi(50, 30, 100000, 90000, 0.3),
]


@pytest.mark.parametrize("border", list(Border))
@pytest.mark.parametrize("roi", ROIS[:5])
def test_crop_equals_the_integer_formula(roi: RoiPx, border: Border) -> None:
    image, size = make_image(1), ImageSize(90, 75)
    x, y = positions(warp._output_to_image(roi, size), size)
    assert np.array_equal(crop_rotated(image, roi, size, border), sample(image, x, y, border))


@pytest.mark.skipif(not cv2.__version__.startswith("4."), reason="needs the sampler of OpenCV 4")
@pytest.mark.parametrize("border", [cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE])
def test_opencv_4_samples_where_the_maps_say(border: int) -> None:
    image, size = make_image(3, 640, 480), ImageSize(256, 256)
    for roi in random_rois(40, 640):
        matrix = warp._output_to_image(roi, size)
        directly = warp._warp_directly(image, matrix, size, border)
        assert np.array_equal(directly, warp._warp_by_maps(image, matrix, size, border))


def test_maps_of_the_whole_image_are_computed_once_for_each_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed = []
    compute = sampling_maps

    def count(*arguments: Any) -> SamplingMaps:
        computed.append(arguments)
        return compute(*arguments)

    monkeypatch.setattr(warp, "sampling_maps", count)
    warp._kept_maps.cache_clear()
    size = ImageSize(64, 48)
    for width, height in [(200, 151), (200, 151), (151, 200), (200, 151)]:
        image = make_image(5, width, height)
        roi = whole_image_roi(ImageSize(width, height))
        x, y = positions(warp._output_to_image(roi, size), size)
        found = warp._warp_by_maps(
            image, warp._output_to_image(roi, size), size, cv2.BORDER_CONSTANT
        )
        assert np.array_equal(found, sample(image, x, y, Border.ZERO))
    assert len(computed) == 2


@pytest.mark.parametrize("border", list(Border))
def test_crop_of_read_only_and_strided_images_equals_that_of_a_copy(border: Border) -> None:
    image = make_image(2, 200, 150)
    image.flags.writeable = False
    for view in (image, image[::2, ::-1], image[10:90, 20:120], image[..., ::-1]):
        found = crop_rotated(RgbImage(view), ROIS[1], ImageSize(64, 64), border)
        expected = crop_rotated(RgbImage(view.copy()), ROIS[1], ImageSize(64, 64), border)
        assert np.array_equal(found, expected)


def test_an_image_beyond_the_limit_of_remap_is_sampled_all_the_same() -> None:
    image = np.zeros((4, warp.LONGEST_REMAP_SIDE_PX + 10, 3), np.uint8)
    image[:, -64:] = make_image(3, 64, 4)
    start = image.shape[1] - 64
    size = ImageSize(32, 8)
    far = crop_rotated(RgbImage(image), make_roi(start + 30, 2, 40, 10, 0), size, Border.REPLICATE)
    near = RgbImage(image[:, -64:].copy())
    assert np.array_equal(
        far, crop_rotated(near, make_roi(30, 2, 40, 10, 0), size, Border.REPLICATE)
    )


def test_a_region_equal_to_the_image_copies_it() -> None:
    image = make_image(4, 64, 48)
    roi = make_roi(32, 24, 64, 48, 0)
    for border in Border:
        assert np.array_equal(crop_rotated(image, roi, ImageSize(64, 48), border), image)


def test_a_quarter_turn_reads_columns_as_rows() -> None:
    image = make_image(5, 32, 32)
    crop = crop_rotated(
        image, make_roi(16, 16, 32, 32, math.pi / 2), ImageSize(32, 32), Border.ZERO
    )
    # Output row j reads column 32 - j: row 0 lies on the outer edge, beyond the last column.
    assert np.array_equal(crop[1:], np.rot90(image, 1)[:-1])


def test_borders_are_black_or_repeat_the_edge() -> None:
    image = RgbImage(np.full((10, 10, 3), 200, np.uint8))
    outside = make_roi(100, 100, 10, 10, 0)
    assert not crop_rotated(image, outside, ImageSize(8, 8), Border.ZERO).any()
    assert np.all(crop_rotated(image, outside, ImageSize(8, 8), Border.REPLICATE) == 200)


def test_bad_input_is_refused_with_what_was_found() -> None:
    size = ImageSize(8, 8)
    with pytest.raises(ValueError, match="expected finite numbers"):
        crop_rotated(make_image(6), make_roi(math.nan, 0, 1, 1, 0), size, Border.ZERO)
    with pytest.raises(ValueError, match="dtype float32"):
        crop_rotated(make_image(6).astype(np.float32), ROIS[0], size, Border.ZERO)  # type: ignore[arg-type]


def test_corners_start_at_the_bottom_left_and_run_clockwise() -> None:
    corners = roi_corners(make_roi(10, 20, 4, 6, 0))
    assert corners.tolist() == [[8, 23], [8, 17], [12, 17], [12, 23]]
    turned = roi_corners(make_roi(10, 20, 4, 6, math.pi / 2))
    assert np.allclose(turned, [[7, 18], [13, 18], [13, 22], [7, 22]], atol=1e-5)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-3.5, 7.25)])
def test_tensor_values_round_once(low: float, high: float) -> None:
    pixels = np.arange(256, dtype=np.uint8)
    scale = np.float32(np.float32(high - low) / np.float32(255))
    expected = [np.float32(float(p) * float(scale) + low) for p in pixels]
    assert np.array_equal(pixels_to_tensor(pixels, low, high), np.array(expected, np.float32))


def test_tensor_is_written_into_out_and_strided_pixels_are_accepted() -> None:
    pixels = make_image(7, 20, 10)[::2, ::-1]
    out = np.empty(pixels.shape, np.float32)
    assert pixels_to_tensor(pixels, 0.0, 1.0, out) is out
    assert np.array_equal(out, pixels_to_tensor(pixels.copy(), 0.0, 1.0))


@pytest.mark.parametrize(
    "out",
    [
        np.empty((10, 20, 4), np.float32),
        np.empty((10, 20, 3), np.float64),
        np.empty((20, 20, 3), np.float32)[::2],
    ],
)
def test_an_unfit_out_is_refused(out: npt.NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="expected a writable, contiguous float32"):
        pixels_to_tensor(make_image(8, 20, 10), 0.0, 1.0, out)


def test_the_roi_matrix_maps_the_unit_square_onto_the_corners() -> None:
    size = ImageSize(640, 480)
    roi = make_roi(300, 200, 120, 80, 0.6)
    matrix = roi_to_image_matrix(roi, size)
    unit = np.array([[0, 1, 0, 1], [0, 0, 0, 1], [1, 0, 0, 1], [1, 1, 0, 1]], np.float32)
    found = (unit @ matrix.T)[:, :2] * [640, 480]
    assert np.allclose(found, roi_corners(roi), atol=1e-3)
    assert matrix[2, 2] == pytest.approx(120 / 640)


def test_padding_then_cropping_centres_the_image() -> None:
    image = RgbImage(np.full((50, 100, 3), 255, np.uint8))
    rect = NormalizedRect(np.array([0.5, 0.5, 1, 1, 0], np.float32))
    roi, padding = pad_roi(roi_from_rect(rect, ImageSize(100, 50)), ImageSize(40, 40))
    crop = crop_rotated(image, roi, ImageSize(40, 40), Border.ZERO)
    assert padding.tolist() == [0, 0.25, 0, 0.25]
    assert not crop[:9].any()
    assert np.all(crop[11:29] == 255)
    assert not crop[31:].any()


def test_no_pixels_are_no_tensor_values() -> None:
    assert pixels_to_tensor(np.empty((0, 4, 3), np.uint8), 0.0, 1.0).shape == (0, 4, 3)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("middle_px", [-1e30, -500.0, 30.0, 500.0, 1e30])
@pytest.mark.parametrize("side_px", [1e-30, 50.0, 1e30, 3e38])
def test_what_is_read_ahead_needs_no_region_inside_the_image(
    middle_px: float, side_px: float
) -> None:
    roi = make_roi(40, middle_px, side_px, side_px, 0.4)
    image, size = make_image(2), ImageSize(32, 32)
    whole = crop_rotated(image, roi, size, Border.REPLICATE)
    strided = np.repeat(image, 2, axis=1)[:, ::2]
    assert np.array_equal(whole, crop_rotated(RgbImage(strided), roi, size, Border.REPLICATE))
