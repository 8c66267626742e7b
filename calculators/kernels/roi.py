"""Rotated regions of interest: from keypoints and boxes, transformed, and in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calculators.kernels.transcendental import atan2f, cosf, sinf
from calculators.types import FloatArray, ImageSize, NormalizedRect

_TAU = 2 * math.pi


class RoiPx(NamedTuple):
    """A rotated rectangle in pixels of the image; all float32."""

    x_center_px: np.float32
    y_center_px: np.float32
    width_px: np.float32
    height_px: np.float32
    rotation_rad: np.float32


def roi_from_rect(rect: NormalizedRect, image_size: ImageSize) -> RoiPx:
    """Scale a normalised rectangle to pixels.

    Source: MediaPipe, calculators/tensor/image_to_tensor_utils.cc (GetRoi)
    """
    width, height = np.float32(image_size.width), np.float32(image_size.height)
    return RoiPx(rect[0] * width, rect[1] * height, rect[2] * width, rect[3] * height, rect[4])


def whole_image_roi(image_size: ImageSize) -> RoiPx:
    """Return the unrotated rectangle that covers the image."""
    width, height = np.float32(image_size.width), np.float32(image_size.height)
    half = np.float32(0.5)
    return RoiPx(half * width, half * height, width, height, np.float32(0))


def normalize_radians(angle_rad: np.float32) -> np.float32:
    """Wrap an angle to [-pi, pi), in double, rounded once.

    Source: MediaPipe, calculators/util/detections_to_rects_calculator.h
    """
    angle = float(angle_rad)
    wrapped: np.float32 = np.float32(angle - _TAU * math.floor((angle + math.pi) / _TAU))
    return wrapped


def rotation_between(
    start: FloatArray, end: FloatArray, image_size: ImageSize, target_angle_rad: float
) -> np.float32:
    """Return the rotation that turns start→end to the target angle.

    Args:
        start: (2,) float32 x, y, normalised.
        end: (2,) float32 x, y, normalised.
        image_size: Size of the image in pixels.
        target_angle_rad: Direction wanted, counter-clockwise from the x axis; pi/2 is up.

    Returns:
        Radians in [-pi, pi), clockwise on screen.

    Source: MediaPipe, calculators/util/detections_to_rects_calculator.cc
    """
    width, height = np.float32(image_size.width), np.float32(image_size.height)
    delta_x = end[0] * width - start[0] * width
    delta_y = end[1] * height - start[1] * height
    return normalize_radians(np.float32(target_angle_rad) - atan2f(-delta_y, delta_x))


def rect_from_alignment_points(
    center: FloatArray, edge: FloatArray, image_size: ImageSize, target_angle_rad: float
) -> NormalizedRect:
    """Return the square around ``center`` that reaches ``edge``, turned to the target angle.

    Args:
        center: (2,) float32 x, y, normalised.
        edge: (2,) float32 x, y, normalised; the square's side is twice its pixel distance.
        image_size: Size of the image in pixels.
        target_angle_rad: Direction of the edge point in the upright square; pi/2 is up.

    Returns:
        (5,) float32 rectangle; square in pixels.

    Source: MediaPipe, calculators/util/alignment_points_to_rects_calculator.cc
    """
    width, height = np.float32(image_size.width), np.float32(image_size.height)
    x_px, y_px = center[0] * width, center[1] * height
    delta_x = edge[0] * width - x_px
    delta_y = edge[1] * height - y_px
    side_px = np.sqrt(delta_x * delta_x + delta_y * delta_y) * np.float32(2)
    rotation = normalize_radians(np.float32(target_angle_rad) - atan2f(-delta_y, delta_x))
    values = (x_px / width, y_px / height, side_px / width, side_px / height, rotation)
    return NormalizedRect(np.array(values, np.float32))


def rect_from_box(box: FloatArray, rotation_rad: float | np.float32 = 0.0) -> NormalizedRect:
    """Turn a box into a rectangle about the same centre.

    Args:
        box: (4,) float32 xmin, ymin, width, height; normalised.
        rotation_rad: Rotation of the result.

    Returns:
        (5,) float32 rectangle.

    Source: MediaPipe, calculators/util/detections_to_rects_calculator.cc
    """
    half = np.float32(2)
    values = (box[0] + box[2] / half, box[1] + box[3] / half, box[2], box[3], rotation_rad)
    return NormalizedRect(np.array(values, np.float32))


def rect_from_keypoints(keypoints: FloatArray, rotation_rad: float | np.float32) -> NormalizedRect:
    """Return the rectangle around (K, 2) normalised keypoints, K at least 1.

    Raises:
        ValueError: There is no keypoint.

    Source: MediaPipe, calculators/util/detections_to_rects_calculator.cc (USE_KEYPOINTS)
    """
    if len(keypoints) == 0:
        raise ValueError("found 0 keypoints; expected at least 1 to build a rectangle from")
    low, high = keypoints.min(axis=0), keypoints.max(axis=0)
    half = np.float32(2)
    center, sides = (low + high) / half, high - low
    values = (center[0], center[1], sides[0], sides[1], rotation_rad)
    return NormalizedRect(np.array(values, np.float32))


@dataclass(frozen=True)
class RectTransformation:
    """How to move and grow a rectangle; names are RectTransformationCalculatorOptions'.

    Attributes:
        scale_x: Factor on the width.
        scale_y: Factor on the height.
        shift_x: Move along the rectangle's own x axis, in widths.
        shift_y: Move along the rectangle's own y axis, in heights.
        rotation: Radians added to the direction of the shift; ``None`` for none.
        square_long: Whether both sides become the longer one, in pixels.
        square_short: Whether both sides become the shorter one, in pixels.
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    rotation: float | None = None
    square_long: bool = False
    square_short: bool = False

    def __post_init__(self) -> None:
        """Check that at most one squaring is asked for.

        Raises:
            ValueError: Both are.
        """
        if self.square_long and self.square_short:
            raise ValueError("found square_long and square_short; expected at most one of them")


def transform_rect(
    rect: NormalizedRect, image_size: ImageSize, transformation: RectTransformation
) -> NormalizedRect:
    """Shift, square and scale a rectangle about its centre.

    The option ``rotation`` turns only the shift: MediaPipe never writes it to the result either.

    Args:
        rect: (5,) float32 rectangle.
        image_size: Size of the image in pixels.
        transformation: What to do.

    Returns:
        (5,) float32 rectangle; a new array.

    Source: MediaPipe, calculators/util/rect_transformation_calculator.cc
    """
    image_width, image_height = np.float32(image_size.width), np.float32(image_size.height)
    width, height, rotation = rect[2], rect[3], rect[4]
    if transformation.rotation is not None:
        rotation = normalize_radians(rotation + np.float32(transformation.rotation))
    result = rect.copy()
    if transformation.shift_x != 0 or transformation.shift_y != 0:
        _shift(result, image_size, transformation, rotation)
    if transformation.square_long or transformation.square_short:
        choose = max if transformation.square_long else min
        side_px = choose(width * image_width, height * image_height)
        width, height = side_px / image_width, side_px / image_height
    result[2] = width * np.float32(transformation.scale_x)
    result[3] = height * np.float32(transformation.scale_y)
    return NormalizedRect(result)


def _shift(
    rect: FloatArray,
    image_size: ImageSize,
    transformation: RectTransformation,
    rotation: np.float32,
) -> None:
    shift_x, shift_y = np.float32(transformation.shift_x), np.float32(transformation.shift_y)
    if rotation == 0:
        rect[0] += rect[2] * shift_x
        rect[1] += rect[3] * shift_y
        return
    image_width, image_height = np.float32(image_size.width), np.float32(image_size.height)
    sine, cosine = sinf(rotation), cosf(rotation)
    x_px = image_width * rect[2] * shift_x
    y_px = image_height * rect[3] * shift_y
    rect[0] += (x_px * cosine - y_px * sine) / image_width
    rect[1] += (x_px * sine + y_px * cosine) / image_height


def mean_side_px(rect: NormalizedRect, image_size: ImageSize) -> np.float32:
    """Return the mean of a rectangle's sides in pixels: the object scale of the filters.

    Source: MediaPipe, calculators/util/landmarks_smoothing_calculator_utils.cc (GetObjectScale)
    """
    width, height = np.float32(image_size.width), np.float32(image_size.height)
    side: np.float32 = (rect[2] * width + rect[3] * height) / np.float32(2)
    return side
