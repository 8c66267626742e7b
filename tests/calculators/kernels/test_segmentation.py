from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from calculators.kernels.roi import RoiPx
from calculators.kernels.segmentation import (
    Activation,
    invert_by_blocks,
    mask_from_tensor,
    smooth_mask,
    warp_mask,
)
from calculators.kernels.transcendental import expf, sigmoid
from calculators.kernels.warp import roi_to_image_matrix
from calculators.types import ImageSize, Mask, Matrix4


def make_matrix(size: ImageSize, *values: float) -> Matrix4:
    return roi_to_image_matrix(RoiPx(*(np.float32(value) for value in values)), size)


def plain_warp(mask: Mask, inverse: Matrix4, size: ImageSize) -> npt.NDArray[np.float32]:
    """OpenCV 4's warpAffine as one expression per pixel grid."""
    rows, columns = mask.shape
    scaled = inverse[:2] * np.array([[columns], [rows]], np.float32)
    scaled[:, 0] *= np.float32(1) / np.float32(size.width)
    scaled[:, 1] *= np.float32(1) / np.float32(size.height)
    a = scaled.astype(np.float64)
    at_columns = np.rint(a[:, :1] * np.arange(size.width) * 1024).astype(np.int64)
    at_rows = np.rint((a[:, 1:2] * np.arange(size.height) + a[:, 3:]) * 1024).astype(np.int64) + 16
    x, y = (at_columns[:, None, :] + at_rows[:, :, None]) >> 5
    padded = np.zeros((rows + 2, columns + 2), np.float64)
    padded[1:-1, 1:-1] = mask
    result = np.zeros(x.shape)
    for below in (0, 1):
        for right in (0, 1):
            column = np.clip((x >> 5) + right + 1, 0, columns + 1)
            row = np.clip((y >> 5) + below + 1, 0, rows + 1)
            x_weight = (x & 31) / 32 if right else 1 - (x & 31) / 32
            y_weight = (y & 31) / 32 if below else 1 - (y & 31) / 32
            result += padded[row, column] * x_weight * y_weight
    return result.astype(np.float32)


ROIS = [
    (60, 40, 50, 50, 0.0),
    (60, 40, 90, 90, 0.7),
    (0, 0, 70, 70, -2.0),
    (400, 400, 50, 50, 0.3),
    (60, 40, 900, 900, 3.0),
    (60, 40, 0.02, 0.02, 0.4),
]


@pytest.mark.parametrize("roi", ROIS)
def test_warped_mask_is_within_2e_7_of_warp_affine(roi: tuple[float, ...]) -> None:
    size = ImageSize(121, 83)
    mask = Mask(np.random.default_rng(1).uniform(0, 1, (64, 48)).astype(np.float32))
    inverse = invert_by_blocks(make_matrix(size, *roi))
    assert np.max(np.abs(warp_mask(mask, inverse, size) - plain_warp(mask, inverse, size))) <= 2e-7


def test_a_region_equal_to_the_image_keeps_the_mask() -> None:
    size = ImageSize(48, 64)
    mask = Mask(np.random.default_rng(2).uniform(0, 1, (64, 48)).astype(np.float32))
    inverse = invert_by_blocks(make_matrix(size, 24, 32, 48, 64, 0))
    assert np.array_equal(warp_mask(mask, inverse, size), mask)


def test_a_region_outside_the_image_gives_an_empty_mask() -> None:
    size = ImageSize(40, 30)
    inverse = invert_by_blocks(make_matrix(size, 500, 500, 50, 50, 0.2))
    found = warp_mask(Mask(np.ones((8, 8), np.float32)), inverse, size)
    assert found.shape == (30, 40)
    assert not found.any()


def test_read_only_and_strided_masks_are_accepted() -> None:
    size = ImageSize(40, 30)
    mask = np.random.default_rng(3).uniform(0, 1, (20, 20)).astype(np.float32)
    mask.flags.writeable = False
    inverse = invert_by_blocks(make_matrix(size, 20, 15, 30, 30, 0.2))
    view = warp_mask(Mask(mask[::2, ::-1]), inverse, size)
    assert np.array_equal(view, warp_mask(Mask(mask[::2, ::-1].copy()), inverse, size))


def test_a_mask_beyond_the_limit_of_remap_is_refused() -> None:
    inverse = Matrix4(np.eye(4, dtype=np.float32))
    with pytest.raises(ValueError, match="32767 x 1 px"):
        warp_mask(Mask(np.zeros((1, 32767), np.float32)), inverse, ImageSize(4, 4))


@pytest.mark.parametrize("roi", ROIS[:5])
def test_the_inverse_cancels_the_matrix(roi: tuple[float, ...]) -> None:
    matrix = make_matrix(ImageSize(121, 83), *roi)
    assert np.allclose(matrix @ invert_by_blocks(matrix), np.eye(4), atol=1e-4)


def test_a_singular_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an invertible one"):
        invert_by_blocks(Matrix4(np.zeros((4, 4), np.float32)))


def test_sigmoid_mask_divides_in_double() -> None:
    tensor = np.random.default_rng(4).normal(0, 8, (1, 6, 5, 1)).astype(np.float32)
    mask = mask_from_tensor(tensor, Activation.SIGMOID)
    expected = [np.float32(1.0 / (float(expf(-value)) + 1.0)) for value in tensor.reshape(-1)]
    assert np.array_equal(mask, np.array(expected, np.float32).reshape(6, 5))


def test_extreme_logits_give_zero_and_one() -> None:
    tensor = np.array([-1700, 270], np.float32).reshape(1, 2, 1)
    assert mask_from_tensor(tensor, Activation.SIGMOID).tolist() == [[0, 1]]


def test_softmax_shares_sum_to_one_and_agree_with_the_sigmoid_of_the_difference() -> None:
    tensor = np.random.default_rng(5).normal(0, 4, (6, 5, 2)).astype(np.float32)
    first, second = (mask_from_tensor(tensor, Activation.SOFTMAX, index) for index in (0, 1))
    assert np.allclose(first + second, 1, atol=2e-7)
    assert np.allclose(second, sigmoid(tensor[..., 1] - tensor[..., 0]), atol=3e-7)


def test_no_activation_copies() -> None:
    tensor = np.ones((2, 3, 1), np.float32)
    mask = mask_from_tensor(tensor, Activation.NONE)
    mask[:] = 5
    assert np.all(tensor == 1)


@pytest.mark.parametrize(
    ("shape", "activation"),
    [
        ((4, 4, 2), Activation.SIGMOID),
        ((4, 4, 1), Activation.SOFTMAX),
        ((2, 4, 4, 1), Activation.NONE),
    ],
)
def test_wrong_channels_are_refused(shape: tuple[int, ...], activation: Activation) -> None:
    with pytest.raises(ValueError, match=f"for {activation.value}"):
        mask_from_tensor(np.zeros(shape, np.float32), activation)


def test_certain_pixels_follow_at_once_and_undecided_ones_keep_the_past() -> None:
    mask = Mask(np.array([[0.0, 0.5, 1.0]], np.float32))
    previous = Mask(np.array([[0.9, 0.9, 0.1]], np.float32))
    found = smooth_mask(mask, previous, 1.0)
    assert found.tolist() == [pytest.approx([0, 0.9, 1], abs=0.01)]
    assert np.array_equal(smooth_mask(mask, previous, 0.0), mask)


def test_smoothing_equals_the_scalar_formula() -> None:
    rng = np.random.default_rng(6)
    mask, previous = (Mask(rng.uniform(0, 1, (70, 3)).astype(np.float32)) for _ in range(2))
    found = smooth_mask(mask, previous, 0.7)
    c = [np.float32(v) for v in (5.68842, -0.748699, -57.8051, 291.309, -624.717)]
    one = np.float32(1)
    for new, old, value in zip(mask.flat, previous.flat, found.flat, strict=True):
        q = (new - np.float32(0.5)) * (new - np.float32(0.5))
        poly = q * (c[0] + q * (c[1] + q * (c[2] + q * (c[3] + q * c[4]))))
        assert value == new + (old - new) * ((one - min(one, poly)) * np.float32(0.7))


def test_masks_of_different_sizes_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="expected one"):
        smooth_mask(Mask(np.zeros((2, 2), np.float32)), Mask(np.zeros((2, 3), np.float32)), 0.7)
