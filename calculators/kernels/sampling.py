"""Where a perspective warp samples, in 1/32 px, exactly as OpenCV 4's ``warpPerspective`` does.

They are handed to ``cv2.remap`` as fixed-point maps, whose result all versions of OpenCV agree on.
Positions have 5 fractional bits; weights are products of those, exactly.

A position is defined by doubles, added and divided in OpenCV's order and rounded half to even.
Nearly always something cheaper decides the same way: a homography that is almost affine is, to
far less than a position's last bit, a sum of what its row and what its column give, which fits
integers. The few positions that lie too close to a tie to tell are computed by the definition.

Source: OpenCV 4.10, modules/imgproc/src/imgwarp.cpp
"""

from __future__ import annotations

import math
import sys
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

# Rows that share what a column gives: the product of row and column is taken at their middle.
_UNIT_ROWS: Final = 16
# Units per pass: what a pass needs stays in the second-level cache.
_BAND_UNITS: Final = 8

# A sum is an integer of 1/32 px and this many bits below them, for positions of less than 1024 px;
# one bit less for twice as many.
_GUARD_BITS: Final = 16
_GUARDED_PX: Final = 1000
_FEWEST_GUARD_BITS: Final = 12
# Both addends are truncated, and doubles are off by far less.
_TRUNCATED: Final = 2
# More unsure positions than these in a band are computed sooner all together.
_FEW: Final = 64


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
    addends = _addends(matrix, size)
    height_decided = 0 if addends is None else height - height % _UNIT_ROWS
    step = _UNIT_ROWS * _BAND_UNITS
    for top in range(0, height_decided, step):
        rows = slice(top, min(top + step, height_decided))
        band = SamplingMaps(maps.cells[rows], maps.fractions[rows])
        assert addends is not None
        _compute_quickly(addends, matrix, size, rows, band)
    if height_decided < height:
        rows = slice(height_decided, height)
        band = SamplingMaps(maps.cells[rows], maps.fractions[rows])
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


class _Addends(NamedTuple):
    """Integers whose sums, with ``_FRACTION_BITS`` and ``guard_bits`` below the point, are x and y.

    The sums are raised by half of 1/32 px, for rounding, and by ``unsure``.
    """

    of_rows: npt.NDArray[np.int32]
    """(2, H / _UNIT_ROWS, _UNIT_ROWS, 1)"""
    of_columns: npt.NDArray[np.int32]
    """(2, H / _UNIT_ROWS, 1, W)"""
    guard_bits: int
    unsure: int
    """More than a sum is off by."""


def _addends(matrix: _DoubleArray, size: ImageSize) -> _Addends | None:
    """Return what is added to positions; None where the homography is not almost affine.

    For a small e, (a*j + b*i + c) / (1 + e) with e = p*j + q*i is (a*j + b*i + c) * (1 - e) but
    for e**2: a polynomial whose only mixed term is i*j.
    """
    if sys.byteorder != "little" or not 0.5 < matrix[2, 2] < 2:
        return None
    width, height = size
    (a, b, c), (d, e, f), (p, q, _) = (matrix / matrix[2, 2]).tolist()
    deviation = abs(p) * width + abs(q) * height
    farthest = max(
        abs(a) * width + abs(b) * height + abs(c), abs(d) * width + abs(e) * height + abs(f)
    )
    if not (deviation < 0.01 and farthest < _GUARDED_PX << (_GUARD_BITS - _FEWEST_GUARD_BITS)):
        return None
    guard_bits = _GUARD_BITS - max(0, math.ceil(math.log2(max(farthest, 1.0) / _GUARDED_PX)))
    ones = 1 << (_FRACTION_BITS + guard_bits)
    mixed = abs(a * q + b * p), abs(d * q + e * p)
    off = max(mixed) * (_UNIT_ROWS / 2 * width) + farthest * deviation * deviation
    unsure = _TRUNCATED + math.ceil(off * ones)
    if unsure > 1 << (guard_bits - 8):
        return None
    half = 0.5 / _FRACTIONS + unsure / ones
    row_powers, column_powers = _powers(size)
    of_rows = np.array([[c + half, b - c * q, -b * q], [f + half, e - f * q, -e * q]])
    of_columns = np.array(
        [[a - c * p, -a * p, -(a * q + b * p)], [d - f * p, -d * p, -(d * q + e * p)]]
    )
    return _Addends(
        ((of_rows * ones) @ row_powers).astype(np.int32).reshape(2, -1, _UNIT_ROWS, 1),
        ((of_columns * ones) @ column_powers).astype(np.int32).reshape(2, -1, 1, width),
        guard_bits,
        unsure,
    )


def _compute_quickly(
    addends: _Addends, matrix: _DoubleArray, size: ImageSize, rows: slice, band: SamplingMaps
) -> None:
    units = slice(rows.start // _UNIT_ROWS, rows.stop // _UNIT_ROWS)
    bits = addends.guard_bits
    sums = (addends.of_rows[:, units] + addends.of_columns[:, units]).reshape(-1)
    guards = sums.astype(np.uint16)
    guards <<= 16 - bits
    (places,) = (guards < 2 * addends.unsure << (16 - bits)).nonzero()
    if places.size > _FEW:
        _compute_exactly(matrix, size, rows, band)
        return
    x, y = sums.reshape(2, -1)
    cells = band.cells.view(np.int32).reshape(-1)
    np.right_shift(y, bits + _FRACTION_BITS - 16, out=cells)
    cells &= -1 << 16
    part = x >> (bits + _FRACTION_BITS)
    part &= (1 << 16) - 1
    cells |= part
    np.right_shift(y, bits - _FRACTION_BITS, out=y)
    y &= _FRACTION_MASK << _FRACTION_BITS
    np.right_shift(x, bits, out=x)
    x &= _FRACTION_MASK
    y |= x
    np.copyto(band.fractions.reshape(-1), y, casting="unsafe")
    _compute_places(matrix, size, rows.start, (places % x.size).tolist(), band)


def _compute_places(
    matrix: _DoubleArray, size: ImageSize, top: int, places: list[int], band: SamplingMaps
) -> None:
    """Compute some positions of a band of almost affine ones by the definition."""
    block = _block_width(size)
    (a, b, c), (d, e, f), (p, q, r) = matrix.tolist()
    for place in places:
        row, column = divmod(place, size.width)
        inside = column % block
        start, line = column - inside, top + row
        scale = _FRACTIONS / (p * start + q * line + r + p * inside)
        x = round((a * start + b * line + c + a * inside) * scale)
        y = round((d * start + e * line + f + d * inside) * scale)
        band.cells[row, column] = x >> _FRACTION_BITS, y >> _FRACTION_BITS
        band.fractions[row, column] = (y & _FRACTION_MASK) << _FRACTION_BITS | (x & _FRACTION_MASK)


@lru_cache(maxsize=8)
def _powers(size: ImageSize) -> tuple[_DoubleArray, _DoubleArray]:
    """Return what the factors of a polynomial are for.

    Returns:
        (3, H) 1, row and its square, for the rows of whole units.
        (3, H / _UNIT_ROWS * W) column, its square, and its product with the middle of each unit.
    """
    row = np.arange(size.height - size.height % _UNIT_ROWS, dtype=np.float64)
    middle = row[::_UNIT_ROWS, None] + (_UNIT_ROWS - 1) / 2
    column = np.broadcast_to(np.arange(size.width, dtype=np.float64), (len(middle), size.width))
    column_powers = np.stack([column, column * column, column * middle])
    return np.stack([np.ones_like(row), row, row * row]), column_powers.reshape(3, -1)


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
    block = _block_width(size)
    starts = np.arange(0, width, block, dtype=np.float64)[None, :, None]
    offsets = np.arange(block, dtype=np.float64)[None, None, :]
    rows = np.arange(height, dtype=np.float64)[:, None, None]
    return starts, offsets, rows


def _block_width(size: ImageSize) -> int:
    return min(_BLOCK_AREA_PX // min(_BLOCK_ROWS, size.height), size.width)


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
