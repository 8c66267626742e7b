"""Segmentation masks: from a model's tensor, back into the image, and smoothed over time."""

from __future__ import annotations

import sys
from enum import Enum
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from calculators.kernels.transcendental import expf
from calculators.types import FloatArray, ImageSize, Mask, Matrix4

# OpenCV's warpAffine: positions have 10 fractional bits while they are added up, 5 in the end.
_POSITION_BITS = 10
_FRACTION_BITS = 5
_DROPPED_BITS = _POSITION_BITS - _FRACTION_BITS
_FRACTION_MASK = (1 << _FRACTION_BITS) - 1

# In 1/65536 cell.
_FARTHEST = 32000 << 16

# Which half of 32 bits in memory is the upper one.
_CELL_HALF = 1 if sys.byteorder == "little" else 0

# Rows per pass: the maps of a pass stay in the cache.
_BAND_ROWS = 32

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
        # The source adds and divides in double and rounds once.
        odds = expf(-values[..., 0]).astype(np.float64)
        odds += 1.0
        return Mask(np.divide(1.0, odds, out=odds).astype(np.float32))
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
    x_walk, y_walk = _walks(source.shape, image_to_roi, image_size)
    result = np.zeros((image_size.height, image_size.width), np.float32)
    for rows, columns in _reached_blocks(x_walk, y_walk, source.shape):
        cells, fractions = _sampling_maps(x_walk, y_walk, rows, columns)
        block = result[rows, columns]
        border = cv2.BORDER_CONSTANT
        cv2.remap(source, cells, fractions, cv2.INTER_LINEAR, dst=block, borderMode=border)
    return Mask(result)


class _Walk(NamedTuple):
    """One coordinate of the position in the mask, in 1/65536 cell: its two separable parts."""

    at_rows: npt.NDArray[np.int32] | npt.NDArray[np.int64]
    """(H,) position at column 0, plus what makes the cut to 1/32 cell round half up."""
    at_columns: npt.NDArray[np.int32] | npt.NDArray[np.int64]
    """(W,) what the column adds."""

    def block(self, rows: slice, columns: slice) -> npt.NDArray[np.int32]:
        """Return the positions of a block of the image, limited to 32,000 cells.

        The upper 16 bits are the whole cells.
        """
        at_rows, at_columns = self.at_rows[rows, None], self.at_columns[columns]
        positions = at_rows + at_columns
        if positions.dtype != np.int32:
            positions = np.clip(positions, -_FARTHEST, _FARTHEST)
        return positions.astype(np.int32, copy=False)


def _walks(
    mask_shape: tuple[int, ...], image_to_roi: Matrix4, image_size: ImageSize
) -> tuple[_Walk, _Walk]:
    """Return the x and the y walk of an image's pixels through the mask."""
    per_pixel = (
        np.float32(1) / np.float32(image_size.width),
        np.float32(1) / np.float32(image_size.height),
    )
    unit = 1 << _POSITION_BITS
    finer = 16 - _POSITION_BITS
    columns = np.arange(image_size.width, dtype=np.float64)
    rows = np.arange(image_size.height, dtype=np.float64)
    walks = []
    for axis, cells in ((0, mask_shape[1]), (1, mask_shape[0])):
        scaled = np.float32(cells) * image_to_roi[axis]
        per_column, per_row = float(scaled[0] * per_pixel[0]), float(scaled[1] * per_pixel[1])
        at_columns = np.rint(per_column * columns * unit).astype(np.int64)
        at_rows = np.rint((per_row * rows + float(scaled[3])) * unit).astype(np.int64)
        at_rows += 1 << (_DROPPED_BITS - 1)
        walks.append(_narrowed(at_rows << finer, at_columns << finer))
    return walks[0], walks[1]


def _narrowed(at_rows: npt.NDArray[np.int64], at_columns: npt.NDArray[np.int64]) -> _Walk:
    """Return a walk in 32 bits where all its positions fit."""
    if np.abs(at_rows).max() + np.abs(at_columns).max() < _FARTHEST:
        return _Walk(at_rows.astype(np.int32), at_columns.astype(np.int32))
    return _Walk(at_rows, at_columns)


def _reached_blocks(
    x_walk: _Walk, y_walk: _Walk, shape: tuple[int, ...]
) -> list[tuple[slice, slice]]:
    """Return rows and columns of the bands that can touch the mask; elsewhere the result is 0."""
    height, width = len(x_walk.at_rows), len(x_walk.at_columns)
    tops = np.arange(0, height, _BAND_ROWS)
    bottoms = np.minimum(tops + _BAND_ROWS, height)
    begins, ends = np.zeros(len(tops), np.int64), np.full(len(tops), width)
    unit = 1 << 16
    for walk, cells in ((x_walk, shape[1]), (y_walk, shape[0])):
        # Both parts of a walk rise, or fall, all the way.
        edges = np.stack([walk.at_rows[tops], walk.at_rows[bottoms - 1]])
        bounds = np.stack([-unit - edges.max(axis=0), cells * unit - edges.min(axis=0)])
        if walk.at_columns[-1] < walk.at_columns[0]:
            last, first = width - np.searchsorted(walk.at_columns[::-1], bounds)
        else:
            first, last = np.searchsorted(walk.at_columns, bounds)
        np.maximum(begins, first, out=begins)
        np.minimum(ends, last, out=ends)
    blocks = zip(tops.tolist(), bottoms.tolist(), begins.tolist(), ends.tolist(), strict=True)
    return [
        (slice(top, bottom), slice(begin, end)) for top, bottom, begin, end in blocks if begin < end
    ]


def _sampling_maps(
    x_walk: _Walk, y_walk: _Walk, rows: slice, columns: slice
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """Return the fixed-point maps of ``cv2.remap`` for a block of the image."""
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    cells, fractions = np.empty((*shape, 2), np.int16), np.empty(shape, np.uint16)
    x, y = x_walk.block(rows, columns), y_walk.block(rows, columns)
    cells[..., 0] = x.view(np.int16)[:, _CELL_HALF::2]
    cells[..., 1] = y.view(np.int16)[:, _CELL_HALF::2]
    x >>= 16 - _FRACTION_BITS
    x &= _FRACTION_MASK
    y >>= 16 - 2 * _FRACTION_BITS
    y &= _FRACTION_MASK << _FRACTION_BITS
    np.bitwise_or(x, y, out=fractions, casting="unsafe")
    return cells, fractions


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
