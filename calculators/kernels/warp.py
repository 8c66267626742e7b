"""Cutting a rotated region out of an image, exactly as OpenCV 4's ``warpPerspective`` does.

OpenCV 5 samples differently, so there ``calculators.kernels.sampling`` computes where to sample.

There is no half-pixel term: output pixel 0 reads the region's outer corner.

Source: MediaPipe, calculators/tensor/image_to_tensor_converter_opencv.cc; OpenCV 4.10,
modules/imgproc/src/imgwarp.cpp
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from calculators.kernels.roi import RoiPx
from calculators.kernels.sampling import Border, SamplingMaps, positions, sample, sampling_maps
from calculators.kernels.transcendental import cosf, sinf
from calculators.types import FloatArray, ImageSize, Matrix4, RgbImage, Tensor

_DoubleArray = npt.NDArray[np.float64]

LONGEST_REMAP_SIDE_PX = 32766
"""cv2.remap refuses larger images: its positions are 16-bit."""

_CACHE_LINE_BYTES = 64

_READ_AHEAD_BYTES = 1 << 22
"""More of an image is not read ahead: it would not stay in the cache."""

_UPRIGHT = 1e-9
"""Image pixels by which a step along an upright region leaves its row or column, at most."""

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
    if not all(map(math.isfinite, roi)):
        raise ValueError(f"found region {tuple(map(float, roi))}; expected finite numbers")
    matrix = _output_to_image(roi, size)
    if max(image.shape[:2]) > LONGEST_REMAP_SIDE_PX:
        return RgbImage(sample(image, *positions(matrix, size), border))
    pixels = _warp(image, matrix, size, _CV_BORDER[border])
    shaped = pixels.reshape(size.height, size.width, image.shape[2])
    return RgbImage(shaped.astype(np.uint8, copy=False))


def _warp_by_maps(
    image: RgbImage, matrix: _DoubleArray, size: ImageSize, border: int
) -> npt.NDArray[Any]:
    # A region that is not turned is mostly the whole image, frame after frame.
    is_turned = abs(matrix[0, 1]) > _UPRIGHT or abs(matrix[1, 0]) > _UPRIGHT
    cells, fractions = (
        sampling_maps(matrix, size) if is_turned else _kept_maps(matrix.tobytes(), size)
    )
    _read_ahead(image, matrix, size)
    return cv2.remap(image, cells, fractions, cv2.INTER_LINEAR, borderMode=border)


def _read_ahead(image: RgbImage, matrix: _DoubleArray, size: ImageSize) -> None:
    """Have the processor fetch a region's rows into its cache, in the order they lie in memory.

    A turned region is sampled across rows, which no processor foresees, so each cell waits for
    memory. This takes a third of what it saves. It changes no result, so what an almost affine
    homography adds is left out.
    """
    _, (across, down, y), _ = matrix.tolist()
    across, down = across * size.width, down * size.height
    if not math.isfinite(y + across + down):
        return
    top = max(0, int(y + min(0.0, across) + min(0.0, down)))
    rows = image[top : max(top, int(y + max(0.0, across) + max(0.0, down)) + 2)]
    if rows.flags.c_contiguous and rows.size <= _READ_AHEAD_BYTES:
        rows.reshape(-1)[::_CACHE_LINE_BYTES].copy()


@lru_cache(maxsize=2)
def _kept_maps(matrix: bytes, size: ImageSize) -> SamplingMaps:
    """Return the maps of a (3, 3) float64 homography; not to be written to."""
    maps = sampling_maps(np.frombuffer(matrix, np.float64).reshape(3, 3), size)
    for values in maps:
        values.flags.writeable = False
    return maps


def _warp_directly(
    image: RgbImage, matrix: _DoubleArray, size: ImageSize, border: int
) -> npt.NDArray[Any]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    _read_ahead(image, matrix, size)
    return cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=border)


# OpenCV 4 has the sampler itself, in a third of the time.
_warp = _warp_directly if cv2.__version__.startswith("4.") else _warp_by_maps


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
    forward = cv2.getPerspectiveTransform(roi_corners(roi), _output_corners(size))
    return cv2.invert(forward)[1].astype(np.float64, copy=False)


@lru_cache(maxsize=8)
def _output_corners(size: ImageSize) -> FloatArray:
    """Return the (4, 2) float32 corners of the output, in the order of `roi_corners`."""
    width, height = size
    return np.array([[0, height], [0, 0], [width, 0], [width, height]], np.float32)


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
