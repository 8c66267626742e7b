"""Cutting a rotated region out of an image, exactly as OpenCV 4's ``warpPerspective`` does.

OpenCV 5 samples differently, so the sampling positions are computed here, in the order of
OpenCV 4.10 to 4.14, and handed to ``cv2.remap`` as fixed-point maps, whose result all versions
agree on. Positions have 5 fractional bits; weights are products of those, exactly.

There is no half-pixel term: output pixel 0 reads the region's outer corner.

Source: MediaPipe, calculators/tensor/image_to_tensor_converter_opencv.cc; OpenCV 4.10,
modules/imgproc/src/imgwarp.cpp
"""

from __future__ import annotations

import math
import sys
from enum import Enum
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from calculators.kernels.roi import RoiPx
from calculators.kernels.transcendental import cosf, sinf
from calculators.types import FloatArray, ImageSize, Matrix4, RgbImage, Tensor

_DoubleArray = npt.NDArray[np.float64]

LONGEST_REMAP_SIDE_PX = 32766
"""cv2.remap refuses larger images: its positions are 16-bit."""

_FRACTION_BITS = 5
_FRACTIONS = 1 << _FRACTION_BITS
_FRACTION_MASK = _FRACTIONS - 1

# OpenCV walks blocks of at most 1024 pixels, 16 rows high where possible, and adds the column
# inside a block to the position at its left edge; the split shows in the last bit.
_BLOCK_AREA_PX = 1024
_BLOCK_ROWS = 16

# Adding it rounds a double of magnitude below 2**51 to an integer, half to even, and leaves the
# integer in the low bits. The raised one leaves it 11 bits higher, so that the second 16 bits are
# the integer / 32, and the first 16 begin with the remainder.
_ROUNDING_SHIFT = float.fromhex("0x1.8p52")
_RAISED_SHIFT = float.fromhex("0x1.8p41")
_FRACTION, _CELL = (0, 1) if sys.byteorder == "little" else (3, 2)


class Border(Enum):
    """What lies outside the image."""

    ZERO = "ZERO"
    """Black, blended with the outermost pixels."""
    REPLICATE = "REPLICATE"
    """The nearest pixel of the image."""


_CV_BORDER = {Border.ZERO: cv2.BORDER_CONSTANT, Border.REPLICATE: cv2.BORDER_REPLICATE}


def crop_rotated(image: RgbImage, roi: RoiPx, size: ImageSize, border: Border) -> RgbImage:
    """Sample a rotated region to ``size`` pixels, bilinearly.

    Args:
        image: (H, W, 3) uint8; may be read-only or strided.
        roi: Region in pixels of ``image``; may leave it.
        size: Output width and height in pixels.
        border: What lies outside the image.

    Returns:
        (size.height, size.width, 3) uint8; a new array. An image with a side over
        ``LONGEST_REMAP_SIDE_PX`` is sampled by numpy: the same values, some 20 times slower.

    Raises:
        ValueError: The region is not finite, or ``image`` is not (H, W, 3) uint8.
    """
    if image.ndim != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(
            f"found an image of shape {image.shape} and dtype {image.dtype}; "
            "expected (height, width, channels) uint8 with at least one pixel"
        )
    if not np.all(np.isfinite(roi)):
        raise ValueError(f"found region {tuple(map(float, roi))}; expected finite numbers")
    matrix = _output_to_image(roi, size)
    if max(image.shape[:2]) > LONGEST_REMAP_SIDE_PX:
        return RgbImage(sample(image, *_positions(matrix, size), border))
    cells, fractions = sampling_maps(matrix, size)
    pixels = cv2.remap(image, cells, fractions, cv2.INTER_LINEAR, borderMode=_CV_BORDER[border])
    shaped = pixels.reshape(size.height, size.width, image.shape[2])
    return RgbImage(shaped.astype(np.uint8, copy=False))


def roi_corners(roi: RoiPx) -> FloatArray:
    """Return the (4, 2) float32 corners: bottom left, top left, top right, bottom right.

    The angle goes through float32 degrees, as cv::RotatedRect stores it.

    Source: OpenCV 4.10, modules/core/src/types.cpp (RotatedRect::points)
    """
    degrees = np.float32(float(roi.rotation_rad * np.float32(180)) / math.pi)
    angle_rad = float(degrees) * math.pi / 180.0
    half = np.float32(0.5)
    cosine = np.float32(math.cos(angle_rad)) * half
    sine = np.float32(math.sin(angle_rad)) * half
    x, y, width, height, _ = roi
    bottom_left = (x - sine * height - cosine * width, y + cosine * height - sine * width)
    top_left = (x + sine * height - cosine * width, y - cosine * height - sine * width)
    two = np.float32(2)
    top_right = (two * x - bottom_left[0], two * y - bottom_left[1])
    bottom_right = (two * x - top_left[0], two * y - top_left[1])
    return np.array([bottom_left, top_left, top_right, bottom_right], np.float32)


def _output_to_image(roi: RoiPx, size: ImageSize) -> _DoubleArray:
    """Return the (3, 3) float64 homography from output pixels to image pixels."""
    width, height = size
    corners = np.array([[0, height], [0, 0], [width, 0], [width, height]], np.float32)
    forward = cv2.getPerspectiveTransform(roi_corners(roi), corners)
    return cv2.invert(forward)[1].astype(np.float64, copy=False)


def sampling_maps(
    matrix: _DoubleArray, size: ImageSize
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint16]]:
    """Compute the fixed-point maps that make ``cv2.remap`` a perspective warp.

    Args:
        matrix: (3, 3) float64 homography from output pixels to image pixels.
        size: Output width and height in pixels.

    Returns:
        (H, W, 2) int16 x, y of the upper left tap, saturated; and (H, W) uint16
        32 * y fraction + x fraction, in 1/32 px.
    """
    width, height = size
    cells = np.empty((height, width, 2), np.int16)
    if not _is_tame(matrix, size):
        x_whole, y_whole = _positions(matrix, size)
        cells[..., 0] = np.clip(x_whole >> _FRACTION_BITS, -32768, 32767)
        cells[..., 1] = np.clip(y_whole >> _FRACTION_BITS, -32768, 32767)
        x_whole &= _FRACTION_MASK
        y_whole &= _FRACTION_MASK
        return cells, ((y_whole << _FRACTION_BITS) | x_whole).astype(np.uint16)
    x, y = (_cells_and_fractions(each) for each in _scaled_positions(matrix, size))
    cells[..., 0], cells[..., 1] = x[..., _CELL].view(np.int16), y[..., _CELL].view(np.int16)
    # The fractions are the uppermost 5 bits of their 16.
    fractions, x_fractions = y[..., _FRACTION].copy(), x[..., _FRACTION].copy()
    fractions >>= 16 - 2 * _FRACTION_BITS
    x_fractions >>= 16 - _FRACTION_BITS
    fractions |= x_fractions
    return cells, fractions


def _positions(
    matrix: _DoubleArray, size: ImageSize
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (H, W) int64 x and y in 1/32 px, saturated to 32 bits."""
    x, y = _scaled_positions(matrix, size)
    return _saturated(x), _saturated(y)


def _is_tame(matrix: _DoubleArray, size: ImageSize) -> bool:
    """Tell whether no position needs saturation and no divisor is near zero.

    With positive divisors at the corners the output rectangle maps to a convex quadrilateral, so
    its corners bound every position.
    """
    x = np.array([0, size.width, 0, size.width], np.float64)
    y = np.array([0, 0, size.height, size.height], np.float64)
    mapped = matrix[:, :1] * x + matrix[:, 1:2] * y + matrix[:, 2:]
    if not np.all(mapped[2] > 1e-6):
        return False
    return bool(np.all(np.abs(mapped[:2] / mapped[2]) < 32000))


def _scaled_positions(matrix: _DoubleArray, size: ImageSize) -> tuple[_DoubleArray, _DoubleArray]:
    """Return (H, W) float64 x and y in 1/32 px, not yet rounded, in OpenCV's order."""
    starts, offsets, y = _grid(size)

    def values(row: _DoubleArray) -> _DoubleArray:
        at_starts = row[0] * starts + row[1] * y + row[2]
        whole: _DoubleArray = (at_starts + row[0] * offsets).reshape(size.height, -1)
        return whole[:, : size.width]

    x_values, y_values = values(matrix[0]), values(matrix[1])
    if matrix[2, 0] == 0 and matrix[2, 1] == 0 and matrix[2, 2] == 1:
        # Every divisor is exactly 1; multiplying by 32 is then exact too.
        x_values *= _FRACTIONS
        y_values *= _FRACTIONS
        return x_values, y_values
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


def _cells_and_fractions(positions: _DoubleArray) -> npt.NDArray[np.uint16]:
    """Round positions below 2**20 half to even, in place, and lay their bits bare.

    Returns:
        (H, W, 4) uint16: at ``_CELL`` the position / 32, rounded down, as an int16; at
        ``_FRACTION`` its 5 fraction bits, uppermost.
    """
    positions += _ROUNDING_SHIFT
    # Exact: integers of that size fit beside the smaller shift too, 11 bits higher.
    positions += _RAISED_SHIFT - _ROUNDING_SHIFT
    height, width = positions.shape
    bits: npt.NDArray[np.uint16] = positions.view(np.uint16).reshape(height, width, 4)
    return bits


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


def pixels_to_tensor(
    pixels: npt.NDArray[np.uint8], low: float, high: float, out: FloatArray | None = None
) -> Tensor:
    """Scale pixels from 0..255 to ``low``..``high``, as one fused multiply-add each.

    Args:
        pixels: Any shape, uint8.
        low: Value of 0.
        high: Value of 255, up to rounding.
        out: float32, contiguous, same shape; written to if given.

    Returns:
        float32, same shape: ``out``, or a new array.

    Raises:
        ValueError: ``out`` has another shape or type, or is not contiguous.

    Source: MediaPipe, calculators/tensor/image_to_tensor_converter_opencv.cc (convertTo)
    """
    target = np.empty(pixels.shape, np.float32) if out is None else out
    if (
        target.shape != pixels.shape
        or target.dtype != np.float32
        or not target.flags.c_contiguous
        or not target.flags.writeable
    ):
        raise ValueError(
            f"found out of shape {target.shape} and dtype {target.dtype}; expected a writable, "
            f"contiguous float32 array of shape {pixels.shape}"
        )
    if pixels.size:
        flat = np.ascontiguousarray(pixels).reshape(1, -1)
        cv2.LUT(flat, _value_table(low, high), dst=target.reshape(1, -1))
    return Tensor(target)


@lru_cache(maxsize=16)
def _value_table(low: float, high: float) -> FloatArray:
    """Return the (256,) float32 tensor value of each pixel value."""
    offset = float(np.float32(low))
    scale = float(np.float32(np.float32(high) - np.float32(low)) / np.float32(255))
    # Double holds the product exactly; the one rounding is the fused operation's.
    table: FloatArray = (np.arange(256, dtype=np.float64) * scale + offset).astype(np.float32)
    return table


def roi_to_image_matrix(roi: RoiPx, image_size: ImageSize) -> Matrix4:
    """Return the transform from region to image coordinates, both normalised to their sides.

    Args:
        roi: Region in pixels.
        image_size: Size of the image in pixels.

    Returns:
        (4, 4) float32; z is scaled from region widths to image widths.

    Source: MediaPipe, calculators/tensor/image_to_tensor_utils.cc
        (GetRotatedSubRectToRectTransformMatrix)
    """
    x, y, width, height, rotation = roi
    cosine, sine, half = cosf(rotation), sinf(rotation), np.float32(0.5)
    per_width = np.float32(1) / np.float32(image_size.width)
    per_height = np.float32(1) / np.float32(image_size.height)
    matrix = np.zeros((4, 4), np.float32)
    matrix[0, 0] = width * cosine * per_width
    matrix[0, 1] = -height * sine * per_width
    matrix[0, 3] = (-half * width * cosine + half * height * sine + x) * per_width
    matrix[1, 0] = width * sine * per_height
    matrix[1, 1] = height * cosine * per_height
    matrix[1, 3] = (-half * height * cosine - half * width * sine + y) * per_height
    matrix[2, 2] = width * per_width
    matrix[3, 3] = 1
    return Matrix4(matrix)
