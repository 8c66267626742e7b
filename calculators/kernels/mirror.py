"""What is seen in a mirror: images, regions and landmarks with left and right exchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calculators.kernels.roi import normalize_radians
from calculators.types import (
    FloatArray,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    RgbImage,
    WorldLandmarks,
)


def mirror_image(image: RgbImage) -> RgbImage:
    """Return (H, W, 3) pixels in the reverse order of columns; a new array."""
    return RgbImage(np.ascontiguousarray(image[:, ::-1]))


def mirror_rect(rect: NormalizedRect, image_size: ImageSize) -> NormalizedRect:
    """Return where a region of an image lies in the mirrored image, or the other way round.

    Coordinates have integer values at pixel centres, so column x becomes width - 1 - x.

    Args:
        rect: (5,) float32.
        image_size: of the image, pixels.

    Returns:
        (5,) float32; a new array.
    """
    result = rect.copy()
    result[0] = _last_column(image_size) - rect[0]
    result[4] = normalize_radians(-rect[4])
    return NormalizedRect(result)


def mirror_landmarks(
    landmarks: NormalizedLandmarks, image_size: ImageSize, pairs: Sequence[tuple[int, int]]
) -> NormalizedLandmarks:
    """Return where landmarks of an image lie in the mirrored image, or the other way round.

    Args:
        landmarks: (N, 5) float32, normalised to the image.
        image_size: of the image, pixels.
        pairs: rows that are each other's mirror image, left and right.

    Returns:
        (N, 5) float32; a new array.

    Raises:
        ValueError: a row does not exist.
    """
    result = _exchanged(landmarks, pairs)
    result[:, 0] = _last_column(image_size) - result[:, 0]
    return NormalizedLandmarks(result)


def mirror_world_landmarks(
    landmarks: WorldLandmarks, pairs: Sequence[tuple[int, int]]
) -> WorldLandmarks:
    """Return (N, 5) world landmarks mirrored about x = 0, the plane through the mid-hip.

    Raises:
        ValueError: a row of `pairs` does not exist.
    """
    result = _exchanged(landmarks, pairs)
    result[:, 0] *= -1
    return WorldLandmarks(result)


def _last_column(image_size: ImageSize) -> np.float32:
    """Return the last column's x, normalised."""
    column: np.float32 = np.float32((image_size.width - 1) / image_size.width)
    return column


def _exchanged(landmarks: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    order = np.arange(len(landmarks))
    for left, right in pairs:
        if not (0 <= left < len(order) and 0 <= right < len(order)):
            raise ValueError(
                f"found {len(order)} landmarks; expected rows {left} and {right} of them"
            )
        order[[left, right]] = right, left
    exchanged: FloatArray = landmarks[order]
    return exchanged
