"""Segmentation masks: from a model's tensor, back into the image, and smoothed over time."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from calculators.kernels.transcendental import expf, logistic
from calculators.types import FloatArray, ImageSize, Mask, Matrix4

# OpenCV's warpAffine: positions are multiples of 1/1024 cell while they are added up, and in the
# end of 1/32, rounded half up.
_PER_CELL = 1024
_STEP = 1 / 32

# Added to a position, so that none lies half-way between two steps: convertMaps rounds to even.
_NUDGE = 0.5 / _PER_CELL

# Rows per pass: the maps of a pass stay in the cache.
_BAND_ROWS = 32

# How many cells a pass may step over from row to row in all: so its positions, which are multiples
# of 1/2048 cell, are exact in float32.
_BAND_CELLS = 4096

# OpenCV's limit: positions are 16-bit.
_LONGEST_SIDE_PX = 32766

# u(t) approximates 1 minus the entropy of a mask value (t from its middle), as a polynomial in
# t*t; from calculators/image/segmentation_smoothing_calculator.cc.
_CERTAINTY = tuple(np.float32(value) for value in (5.68842, -0.748699, -57.8051, 291.309, -624.717))


class Activation(Enum):
    """What turns tensor values into mask values."""

    NONE = "NONE"
    """Nothing; one channel."""
    SIGMOID = "SIGMOID"
    """The logistic function; one channel."""
    SOFTMAX = "SOFTMAX"
    """The share of one of two channels."""


def mask_from_tensor(
    tensor: FloatArray, activation: Activation, output_layer_index: int = 0
) -> Mask:
    """Turn a segmentation tensor into a mask of the tensor's size.

    Args:
        tensor: (H, W, channels) float32, or with leading axes of length 1.
        activation: What the values are.
        output_layer_index: Channel of the subject, for ``SOFTMAX``.

    Returns:
        (H, W) float32; in [0, 1] unless ``activation`` is ``NONE``.

    Raises:
        ValueError: The number of channels does not fit the activation.

    Source: MediaPipe, calculators/tensor/tensors_to_segmentation_calculator.cc
    """
    channels = 2 if activation is Activation.SOFTMAX else 1
    if tensor.ndim < 3 or tensor.shape[-1] != channels or any(n != 1 for n in tensor.shape[:-3]):
        raise ValueError(
            f"found a segmentation tensor of shape {tensor.shape} for {activation.value}; "
            f"expected (height, width, {channels})"
        )
    values = tensor.reshape(tensor.shape[-3:])
    if activation is Activation.NONE:
        return Mask(values[..., 0].copy())
    if activation is Activation.SIGMOID:
        return Mask(logistic(values[..., 0]))
    highest = values.max(axis=-1)
    total = expf(values.min(axis=-1) - highest) + np.float32(1)
    return Mask(expf(values[..., output_layer_index] - highest) / total)


def invert_by_blocks(matrix: Matrix4) -> Matrix4:
    """Invert a rotation, scaling and translation in the x, y plane, in float32.

    Computed by 2 x 2 blocks (one reciprocal of the determinant of the whole), because the last
    bits decide which way a sampling position is rounded.

    Args:
        matrix: (4, 4) float32; the blocks that couple z with x and y are 0, the last row is
            (0, 0, 0, 1).

    Returns:
        (4, 4) float32.

    Raises:
        ValueError: The matrix cannot be inverted.

    Source: MediaPipe, calculators/util/inverse_matrix_calculator.cc (Eigen's 4 x 4 inverse)
    """
    m = matrix
    depth = m[2, 2]
    determinant = (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]) * depth
    if determinant == 0 or not np.isfinite(determinant):
        raise ValueError(f"found a matrix of determinant {determinant}; expected an invertible one")
    factor = np.float32(1) / determinant
    result = np.zeros((4, 4), np.float32)
    result[0, 0] = m[1, 1] * depth * factor
    result[0, 1] = -(m[0, 1] * depth * factor)
    result[1, 0] = -(m[1, 0] * depth * factor)
    result[1, 1] = m[0, 0] * depth * factor
    result[0, 3] = -((m[1, 1] * m[0, 3] - m[0, 1] * m[1, 3]) * depth * factor)
    result[1, 3] = -((m[0, 0] * m[1, 3] - m[1, 0] * m[0, 3]) * depth * factor)
    result[2, 2] = np.float32(1) / depth
    result[2, 3] = -(m[2, 3] / depth)
    result[3, 3] = 1
    return Matrix4(result)


def warp_mask(mask: Mask, image_to_roi: Matrix4, image_size: ImageSize) -> Mask:
    """Put a mask of a region into an image, bilinearly; 0 outside the region.

    Args:
        mask: (h, w) float32.
        image_to_roi: Transform from image to region coordinates, both normalised.
        image_size: Size of the image in pixels.

    Returns:
        (image_size.height, image_size.width) float32; within 2e-7 of OpenCV 4's warpAffine.

    Raises:
        ValueError: A side of the mask exceeds what OpenCV can sample.

    Source: MediaPipe, calculators/image/warp_affine_calculator.cc; OpenCV 4.10,
        modules/imgproc/src/imgwarp.cpp (warpAffine)
    """
    if max(mask.shape) > _LONGEST_SIDE_PX:
        raise ValueError(
            f"found a mask of {mask.shape[1]} x {mask.shape[0]} px; expected sides of at most "
            f"{_LONGEST_SIDE_PX}"
        )
    source = np.ascontiguousarray(mask, np.float32)
    walk = _walk(source.shape, image_to_roi, image_size)
    result = np.zeros((image_size.height, image_size.width), np.float32)
    positions = np.empty(2 * _BAND_ROWS * image_size.width, np.float32)
    for rows, columns in _reached_blocks(walk, source.shape):
        block = result[rows, columns]
        x, y = walk.write(rows, columns, positions[: 2 * block.size].reshape(2, *block.shape))
        # Maps of floats would be sampled between steps of 1/32, too, from OpenCV 4.11 on.
        cells, fractions = cv2.convertMaps(x, y, cv2.CV_16SC2)
        border = cv2.BORDER_CONSTANT
        cv2.remap(source, cells, fractions, cv2.INTER_LINEAR, dst=block, borderMode=border)
    return Mask(result)


class _Walk(NamedTuple):
    """Positions in the mask, x and y, in cells, as their two separable parts; without rounding."""

    at_rows: npt.NDArray[np.float64]
    """(2, H) multiples of 1/1024: position at column 0."""
    at_columns: npt.NDArray[np.float64]
    """(2, W) multiples of 1/1024: what the column adds."""

    def write(self, rows: slice, columns: slice, positions: FloatArray) -> FloatArray:
        """Write and return the (2, h, w) positions of a block of the image."""
        # Counted from the block's first column, both parts are small: float32 is exact.
        begin = self.at_columns[:, columns.start, None]
        down = (self.at_rows[:, rows] + (begin + _NUDGE)).astype(np.float32)
        across = (self.at_columns[:, columns] - begin).astype(np.float32)
        return np.add(down[:, :, None], across[:, None], out=positions)


def _walk(mask_shape: tuple[int, ...], image_to_roi: Matrix4, image_size: ImageSize) -> _Walk:
    """Return the walk of an image's pixels through the mask."""
    columns = np.arange(image_size.width, dtype=np.float64)
    rows = np.arange(image_size.height, dtype=np.float64)
    scaled = np.array(mask_shape[::-1], np.float32)[:, None] * image_to_roi[:2]
    per_column = (scaled[:, :1] * (np.float32(1) / np.float32(image_size.width))).astype(np.float64)
    per_row = (scaled[:, 1:2] * (np.float32(1) / np.float32(image_size.height))).astype(np.float64)
    at_rows = np.rint((per_row * rows + scaled[:, 3:].astype(np.float64)) * _PER_CELL)
    return _Walk(at_rows / _PER_CELL, np.rint(per_column * columns * _PER_CELL) / _PER_CELL)


def _reached_blocks(walk: _Walk, shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return rows and columns of the bands that can touch the mask; elsewhere the result is 0."""
    height, width = walk.at_rows.shape[1], walk.at_columns.shape[1]
    tops = np.arange(0, height, _band_rows(walk.at_rows))
    bottoms = np.append(tops[1:], height)
    begins, ends = np.zeros(len(tops), np.int64), np.full(len(tops), width)
    for at_rows, at_columns, cells in zip(*walk, shape[::-1], strict=True):
        # Both parts of a walk rise, or fall, all the way.
        edges = np.stack([at_rows[tops], at_rows[bottoms - 1]])
        bounds = np.stack([-1 - _STEP - edges.max(axis=0), cells - edges.min(axis=0)])
        if at_columns[-1] < at_columns[0]:
            last, first = width - np.searchsorted(at_columns[::-1], bounds)
        else:
            first, last = np.searchsorted(at_columns, bounds)
        np.maximum(begins, first, out=begins)
        np.minimum(ends, last, out=ends)
    blocks = zip(tops.tolist(), bottoms.tolist(), begins.tolist(), ends.tolist(), strict=True)
    return [
        (slice(top, bottom), slice(begin, end)) for top, bottom, begin, end in blocks if begin < end
    ]


def _band_rows(at_rows: npt.NDArray[np.float64]) -> int:
    """Return how many rows a pass takes: fewer where each steps over many cells."""
    cells = float(np.abs(at_rows[:, -1] - at_rows[:, 0]).max())
    return max(1, min(_BAND_ROWS, int(_BAND_CELLS * at_rows.shape[1] / max(cells, 1.0))))


def smooth_mask(mask: Mask, previous: Mask, combine_with_previous_ratio: float) -> Mask:
    """Blend a mask with the previous output, the more the less certain it is.

    Args:
        mask: (H, W) float32 in [0, 1].
        previous: (H, W) float32, the last output.
        combine_with_previous_ratio: Weight of the previous mask where this one is undecided, 0
            to 1.

    Returns:
        (H, W) float32; a new array.

    Raises:
        ValueError: The shapes differ.

    Source: MediaPipe, calculators/image/segmentation_smoothing_calculator.cc
    """
    if mask.shape != previous.shape:
        raise ValueError(f"found masks of shapes {mask.shape} and {previous.shape}; expected one")
    result = np.empty(mask.shape, np.float32)
    ratio = np.float32(combine_with_previous_ratio)
    for top in range(0, len(mask), _BAND_ROWS):
        rows = slice(top, top + _BAND_ROWS)
        _smooth_into(result[rows], mask[rows], previous[rows], ratio)
    return Mask(result)


def _smooth_into(
    result: FloatArray, mask: FloatArray, previous: FloatArray, ratio: np.float32
) -> None:
    one = np.float32(1)
    square = mask - np.float32(0.5)
    square *= square
    weight = square * _CERTAINTY[-1]
    for coefficient in reversed(_CERTAINTY[:-1]):
        weight += coefficient
        weight *= square
    np.minimum(weight, one, out=weight)
    np.subtract(one, weight, out=weight)
    weight *= ratio
    np.subtract(previous, mask, out=result)
    result *= weight
    result += mask
