"""Where a perspective warp samples, in 1/32 px, exactly as OpenCV 4's ``warpPerspective`` does.

They are handed to ``cv2.remap`` as fixed-point maps, whose result all versions of OpenCV agree on.
Positions have 5 fractional bits; weights are products of those, exactly.

A position is defined by doubles, added and divided in OpenCV's order and rounded half to even.
Nearly always something cheaper decides the same way: a homography that is almost affine is, to
far less than a position's last bit, a polynomial in row and column, of which one matrix product
gives a whole band of rows. Where one of those values lies too close to a tie to tell, the band is
computed by the definition.

Source: OpenCV 4.10, modules/imgproc/src/imgwarp.cpp
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from calculators.types import ImageSize

_DoubleArray = npt.NDArray[np.float64]

_FRACTION_BITS: Final = 5
_FRACTIONS: Final = 1 << _FRACTION_BITS
_FRACTION_MASK: Final = _FRACTIONS - 1

# OpenCV walks blocks of at most 1024 pixels, 16 rows high where possible, and adds the column
# inside a block to the position at its left edge; the split shows in the last bit.
_BLOCK_AREA_PX: Final = 1024
_BLOCK_ROWS: Final = 16

# Rows per pass: what a pass needs stays in the second-level cache.
_BAND_ROWS: Final = 32

# Added to a double below 2**19, it leaves the integer part from bit 32 on, as 16 bits, and 32 bits
# of fraction below; with 1/64 px on top, those begin with the nearest 1/32 px.
_SHIFT: Final = float.fromhex("0x1.8p20") + float.fromhex("0x1p-6")
_FRACTION_LANE, _CELL_LANE = (0, 2) if sys.byteorder == "little" else (1, 1)
_GUARD_BITS: Final = 32 - _FRACTION_BITS
# The polynomial and its sum are off by less than 6 units of the last bit, 2**-32 px.
_UNSURE: Final = 16
_LARGEST_ERROR_PX: Final = 2.0**-31


class Border(Enum):
    """What lies outside the image."""

    ZERO = "ZERO"
    """Black, blended with the outermost pixels."""
    REPLICATE = "REPLICATE"
    """The nearest pixel of the image."""


class SamplingMaps(NamedTuple):
    """The fixed-point maps that make ``cv2.remap`` a perspective warp."""

    cells: npt.NDArray[np.int16]
    """(H, W, 2) x, y of the upper left tap, saturated."""
    fractions: npt.NDArray[np.uint16]
    """(H, W) 32 * y fraction + x fraction, in 1/32 px."""


def sampling_maps(matrix: _DoubleArray, size: ImageSize) -> SamplingMaps:
    """Compute the positions of all output pixels.

    Args:
        matrix: (3, 3) float64 homography from output pixels to image pixels.
        size: Output width and height in pixels.
    """
    width, height = size
    maps = SamplingMaps(
        np.empty((height, width, 2), np.int16), np.empty((height, width), np.uint16)
    )
    compute = _quick_bands(matrix, size)
    for top in range(0, height, _BAND_ROWS):
        rows = slice(top, min(top + _BAND_ROWS, height))
        band = SamplingMaps(maps.cells[rows], maps.fractions[rows])
        if compute is None or not compute(rows, band):
            _compute_exactly(matrix, size, rows, band)
    return maps


def positions(
    matrix: _DoubleArray, size: ImageSize, rows: slice | None = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (H, W) int64 x and y in 1/32 px, saturated to 32 bits: the definition.

    Args:
        matrix: (3, 3) float64 homography from output pixels to image pixels.
        size: Output width and height in pixels.
        rows: Which output rows; by default all.
    """
    x, y = _scaled_positions(matrix, size, slice(0, size.height) if rows is None else rows)
    return _saturated(x), _saturated(y)


def _compute_exactly(
    matrix: _DoubleArray, size: ImageSize, rows: slice, band: SamplingMaps
) -> None:
    x, y = positions(matrix, size, rows)
    band.cells[..., 0] = np.clip(x >> _FRACTION_BITS, -32768, 32767)
    band.cells[..., 1] = np.clip(y >> _FRACTION_BITS, -32768, 32767)
    x &= _FRACTION_MASK
    y &= _FRACTION_MASK
    band.fractions[...] = (y << _FRACTION_BITS) | x


def _quick_bands(
    matrix: _DoubleArray, size: ImageSize
) -> Callable[[slice, SamplingMaps], bool] | None:
    """Return what computes a band of rows by the polynomial, and tells whether it is sure.

    None where the homography is not almost affine.
    """
    factors = _polynomial(matrix, size)
    if factors is None:
        return None
    of_rows, of_columns = factors
    shape = (2, min(_BAND_ROWS, size.height), size.width)
    values, low, guard = np.empty(shape), np.empty(shape, np.uint32), np.empty(shape, np.uint32)
    low_lanes = values.view(np.uint32)[..., _FRACTION_LANE::2]
    cell_lanes = values.view(np.int16)[..., _CELL_LANE::4]

    def compute(rows: slice, band: SamplingMaps) -> bool:
        if rows.stop - rows.start != shape[1]:
            return False  # the last, shorter band
        np.matmul(of_rows[:, rows], of_columns, out=values)
        np.copyto(low, low_lanes)
        np.add(low, np.uint32(_UNSURE), out=guard)
        np.bitwise_and(guard, np.uint32((1 << _GUARD_BITS) - 1), out=guard)
        if guard.min() < 2 * _UNSURE:
            return False
        band.cells[..., 0], band.cells[..., 1] = cell_lanes
        np.right_shift(low, np.uint32(_GUARD_BITS), out=low)
        x, y = low
        np.left_shift(y, np.uint32(_FRACTION_BITS), out=y)
        np.bitwise_or(x, y, out=band.fractions, casting="unsafe")
        return True

    return compute


def _polynomial(matrix: _DoubleArray, size: ImageSize) -> tuple[_DoubleArray, _DoubleArray] | None:
    """Return (2, H, 3) and (2, 3, W) whose product is x and y in px, plus ``_SHIFT``.

    For a small e, (a*j + b*i + c) / (1 + e) with e = p*j + q*i is (a*j + b*i + c) * (1 - e) but
    for e**2: a polynomial whose only mixed term is i*j.
    """
    if not 0.5 < matrix[2, 2] < 2:
        return None
    h = matrix / matrix[2, 2]
    p, q = h[2, 0], h[2, 1]
    deviation = abs(p) * size.width + abs(q) * size.height
    farthest = np.abs(h[:2]) @ (size.width, size.height, 1.0)
    if not (deviation < 0.01 and farthest.max() < 32000):
        return None
    if farthest.max() * deviation * deviation > _LARGEST_ERROR_PX:
        return None
    row, column = _ramps(size)
    of_rows, of_columns = np.empty((2, size.height, 3)), np.empty((2, 3, size.width))
    for axis, (a, b, c) in enumerate(h[:2]):
        of_rows[axis, :, 0] = (c + _SHIFT) + ((b - c * q) - (b * q) * row) * row
        of_rows[axis, :, 1] = 1
        of_rows[axis, :, 2] = -(a * q + b * p) * row
        of_columns[axis, 0] = 1
        of_columns[axis, 1] = ((a - c * p) - (a * p) * column) * column
        of_columns[axis, 2] = column
    return of_rows, of_columns


@lru_cache(maxsize=8)
def _ramps(size: ImageSize) -> tuple[_DoubleArray, _DoubleArray]:
    """Return the numbers of the rows and of the columns."""
    return np.arange(size.height, dtype=np.float64), np.arange(size.width, dtype=np.float64)


def _scaled_positions(
    matrix: _DoubleArray, size: ImageSize, rows: slice
) -> tuple[_DoubleArray, _DoubleArray]:
    """Return (H, W) float64 x and y in 1/32 px, not yet rounded, in OpenCV's order."""
    starts, offsets, every_row = _grid(size)
    y = every_row[rows]

    def values(row: _DoubleArray) -> _DoubleArray:
        at_starts = row[0] * starts + row[1] * y + row[2]
        whole: _DoubleArray = (at_starts + row[0] * offsets).reshape(len(y), -1)
        return whole[:, : size.width]

    x_values, y_values = values(matrix[0]), values(matrix[1])
    scales = values(matrix[2])
    is_zero = scales == 0
    with np.errstate(divide="ignore"):
        np.divide(_FRACTIONS, scales, out=scales)
    if is_zero.any():
        scales[is_zero] = 0.0
    x_values *= scales
    y_values *= scales
    return x_values, y_values


@lru_cache(maxsize=8)
def _grid(size: ImageSize) -> tuple[_DoubleArray, _DoubleArray, _DoubleArray]:
    """Return the left edges of OpenCV's blocks, the columns inside one, and the rows."""
    width, height = size
    block = min(_BLOCK_AREA_PX // min(_BLOCK_ROWS, height), width)
    starts = np.arange(0, width, block, dtype=np.float64)[None, :, None]
    offsets = np.arange(block, dtype=np.float64)[None, None, :]
    rows = np.arange(height, dtype=np.float64)[:, None, None]
    return starts, offsets, rows


def _saturated(values: _DoubleArray) -> npt.NDArray[np.int64]:
    integers: npt.NDArray[np.int64] = np.rint(np.clip(values, -(2.0**31), 2.0**31 - 1)).astype(
        np.int64
    )
    return integers


def sample(
    image: npt.NDArray[np.uint8],
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    border: Border,
) -> npt.NDArray[np.uint8]:
    """Sample an image of any size at fixed-point positions: the definition of the sampler.

    Args:
        image: (H, W, C) uint8.
        x: (...) positions in 1/32 px.
        y: (...) positions in 1/32 px.
        border: What lies outside the image.

    Returns:
        (..., C) uint8: weighted mean of the four taps, rounded half up.
    """
    height, width = image.shape[:2]
    total = np.zeros((*x.shape, image.shape[2]), np.int32)
    for below in (0, 1):
        for right in (0, 1):
            x_fraction, y_fraction = x & _FRACTION_MASK, y & _FRACTION_MASK
            weight = (x_fraction if right else _FRACTIONS - x_fraction) * (
                y_fraction if below else _FRACTIONS - y_fraction
            )
            column, row = (x >> _FRACTION_BITS) + right, (y >> _FRACTION_BITS) + below
            if border is Border.ZERO:
                is_inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
                weight = weight * is_inside
            taps = image[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
            total += taps * weight[..., None].astype(np.int32)
    return ((total + (_FRACTIONS**2 // 2)) >> (2 * _FRACTION_BITS)).astype(np.uint8)
