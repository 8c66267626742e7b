"""Landmarks: decoding from tensors, and moving them between spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from calculators.kernels.transcendental import cosf, sigmoid, sinf
from calculators.types import (
    Detection,
    FloatArray,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    WorldLandmarks,
)

LandmarkField = Literal["x", "y", "z", "visibility", "presence"]

LANDMARK_FIELDS: tuple[LandmarkField, ...] = ("x", "y", "z", "visibility", "presence")
"""The columns of a landmark array, in order."""

_SMALLEST_NORMAL = np.float32(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class LandmarkLayout:
    """How a model writes its landmarks.

    Attributes:
        num_landmarks: Landmarks in the tensor.
        fields: Meaning of the values of one landmark, in the tensor's order. A tensor may hold
            more values per landmark than fields; the rest is ignored, as in MediaPipe.
        input_image_width: Divisor of x and z, normally the model input's width in pixels; 1 for
            none.
        input_image_height: Divisor of y; 1 for none.
        normalize_z: Second divisor of z.
        sigmoid_fields: Fields that are logits.
    """

    num_landmarks: int
    fields: tuple[LandmarkField, ...] = LANDMARK_FIELDS
    input_image_width: float = 1.0
    input_image_height: float = 1.0
    normalize_z: float = 1.0
    sigmoid_fields: frozenset[LandmarkField] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """Check the fields and divisors.

        Raises:
            ValueError: A field is unknown, repeated or missing, or a divisor is 0.
        """
        unknown = (set(self.fields) | self.sigmoid_fields) - set(LANDMARK_FIELDS)
        if unknown:
            raise ValueError(
                f"found unknown landmark fields {sorted(unknown)}; "
                f"expected some of {list(LANDMARK_FIELDS)}"
            )
        if len(set(self.fields)) != len(self.fields) or not {"x", "y"} <= set(self.fields):
            raise ValueError(f"found landmark fields {list(self.fields)}; expected x and y, once")
        if 0 in (self.input_image_width, self.input_image_height, self.normalize_z):
            raise ValueError("found a landmark divisor of 0; expected another number")

    @cached_property
    def logits(self) -> tuple[slice, ...]:
        """The columns that are logits, those beside one another together."""
        at = [name in self.sigmoid_fields for name in LANDMARK_FIELDS]
        edges = np.flatnonzero(np.diff([False, *at, False])).tolist()
        return tuple(map(slice, edges[::2], edges[1::2]))

    @cached_property
    def divisors(self) -> FloatArray | None:
        """(3,) float32 of x, y and z; None where nothing is divided."""
        width, height = self.input_image_width, self.input_image_height
        return None if width == height == 1 else np.array([width, height, width], np.float32)


def decode_landmarks(tensor: FloatArray, layout: LandmarkLayout) -> NormalizedLandmarks:
    """Read landmarks out of a model's tensor.

    Args:
        tensor: float32 of any shape, ``num_landmarks`` equal runs of at least
            ``len(layout.fields)`` values.
        layout: What the values mean.

    Returns:
        (N, 5) float32. z is 0 where the layout lacks it; visibility and presence are NaN.

    Raises:
        ValueError: The tensor's size does not fit the layout.

    Source: MediaPipe, calculators/tensor/tensors_to_landmarks_calculator.cc
    """
    count, fields = layout.num_landmarks, layout.fields
    if count < 1 or tensor.size % count or tensor.size // count < len(fields):
        raise ValueError(
            f"found a tensor of shape {tensor.shape} for {count} landmarks of {len(fields)} "
            f"fields; expected {count} runs of at least {len(fields)} values"
        )
    values = tensor.reshape(count, -1)
    result = np.empty((count, len(LANDMARK_FIELDS)), np.float32)
    if fields == LANDMARK_FIELDS[: len(fields)]:
        result[:, : len(fields)] = values[:, : len(fields)]
        result[:, max(3, len(fields)) :] = np.nan
        result[:, len(fields) : 3] = 0
    else:
        result[:, 2] = 0
        result[:, 3:] = np.nan
        for column, name in enumerate(fields):
            result[:, LANDMARK_FIELDS.index(name)] = values[:, column]
    for logits in layout.logits:
        result[:, logits] = sigmoid(result[:, logits])
    if layout.divisors is not None:
        result[:, :3] /= layout.divisors
    if layout.normalize_z != 1:
        result[:, 2] /= np.float32(layout.normalize_z)
    return NormalizedLandmarks(result)


def with_visibility(landmarks: WorldLandmarks, source: NormalizedLandmarks) -> WorldLandmarks:
    """Return world landmarks with the visibility and presence of the image landmarks.

    Raises:
        ValueError: The numbers of landmarks differ.

    Source: MediaPipe, calculators/util/visibility_copy_calculator.cc
    """
    if landmarks.shape != source.shape:
        raise ValueError(f"found shapes {landmarks.shape} and {source.shape}; expected the same")
    result = landmarks.copy()
    result[:, 3:] = source[:, 3:]
    return WorldLandmarks(result)


def project_landmarks(landmarks: NormalizedLandmarks, rect: NormalizedRect) -> NormalizedLandmarks:
    """Move landmarks from a rectangle's own space to the image's.

    Right only for rectangles that are square in pixels, as MediaPipe's are.

    Args:
        landmarks: (N, 5) float32, normalised to the rectangle.
        rect: (5,) float32, normalised to the image.

    Returns:
        (N, 5) float32, normalised to the image; a new array.

    Source: MediaPipe, calculators/util/landmark_projection_calculator.cc
    """
    cosine, sine = cosf(rect[4]), sinf(rect[4])
    result = landmarks.copy()
    x, y = (landmarks[:, :2] - np.float32(0.5)).T
    result[:, 0] = cosine * x - sine * y
    result[:, 1] = sine * x + cosine * y
    result[:, :2] *= rect[2:4]
    result[:, :2] += rect[:2]
    result[:, 2] *= rect[2]
    return NormalizedLandmarks(result)


def rotate_world_landmarks(landmarks: WorldLandmarks, rotation_rad: np.float32) -> WorldLandmarks:
    """Turn world landmarks about the z axis, clockwise on screen; x and y change, z does not.

    Source: MediaPipe, calculators/util/world_landmark_projection_calculator.cc
    """
    cosine, sine = cosf(rotation_rad), sinf(rotation_rad)
    result = landmarks.copy()
    x, y = landmarks[:, 0], landmarks[:, 1]
    result[:, 0] = cosine * x - sine * y
    result[:, 1] = sine * x + cosine * y
    return WorldLandmarks(result)


def _pixel_scale(image_size: ImageSize) -> FloatArray:
    width, height = image_size
    scale: FloatArray = np.array([width, height, width], np.float32)
    return scale


def xyz_to_pixels(landmarks: NormalizedLandmarks, image_size: ImageSize) -> FloatArray:
    """Return (N, 3) float32 x, y, z in pixels (z times the width).

    Source: MediaPipe, calculators/util/landmarks_smoothing_calculator_utils.cc
    """
    pixels: FloatArray = landmarks[:, :3] * _pixel_scale(image_size)
    return pixels


def replace_xyz(landmarks: FloatArray, xyz: FloatArray) -> FloatArray:
    """Return a copy of (N, 5) landmarks with other (N, 3) coordinates."""
    result: FloatArray = landmarks.copy()
    result[:, :3] = xyz
    return result


def replace_xyz_from_pixels(
    landmarks: NormalizedLandmarks, xyz_px: FloatArray, image_size: ImageSize
) -> NormalizedLandmarks:
    """Return a copy of landmarks with the coordinates of ``xyz_px``, normalised.

    Source: MediaPipe, calculators/util/landmarks_smoothing_calculator_utils.cc
    """
    return NormalizedLandmarks(replace_xyz(landmarks, xyz_px / _pixel_scale(image_size)))


def bounding_box_scale_px(xyz_px: FloatArray) -> np.float32:
    """Return the mean of the bounding box's sides: the object scale when no region is known.

    Args:
        xyz_px: (N, 2 or 3) float32 in pixels (or metres), N at least 1.

    Source: MediaPipe, calculators/util/landmarks_smoothing_calculator_utils.cc (GetObjectScale)
    """
    sides = xyz_px[:, :2].max(axis=0) - xyz_px[:, :2].min(axis=0)
    mean: np.float32 = (sides[0] + sides[1]) / np.float32(2)
    return mean


def landmarks_to_detection(
    landmarks: NormalizedLandmarks, selected: Sequence[int] | npt.NDArray[np.intp] | None = None
) -> Detection:
    """Return the bounding box of landmarks, with the landmarks as keypoints.

    As in the source, xmax and ymax start from the smallest positive float32, so a box wholly
    left of or above the image reaches to 0. The score is 1: the source leaves it unset.

    Args:
        landmarks: (N, 5) float32.
        selected: Rows to use, in this order; ``None`` for all.

    Returns:
        The detection, in the landmarks' space.

    Raises:
        ValueError: There is no landmark, or a row does not exist.

    Source: MediaPipe, calculators/util/landmarks_to_detection_calculator.cc
    """
    chosen = landmarks if selected is None and len(landmarks) else _rows(landmarks, selected)
    points: FloatArray = chosen[:, :2].copy()
    box = np.empty(4, np.float32)
    low = np.minimum.reduce(points, axis=0, out=box[:2])
    high = np.maximum(np.maximum.reduce(points, axis=0), _SMALLEST_NORMAL)
    np.subtract(high, low, out=box[2:])
    return Detection(1.0, box, points)


def _rows(
    landmarks: FloatArray, selected: Sequence[int] | npt.NDArray[np.intp] | None
) -> FloatArray:
    """Return some rows, in their order; at least one."""
    rows = np.asarray(() if selected is None else selected, np.intp)
    if rows.size == 0 or rows.min() < 0 or rows.max() >= len(landmarks):
        raise ValueError(
            f"found rows {rows.tolist()} of {len(landmarks)} landmarks; "
            "expected at least one, each below the number of landmarks"
        )
    return landmarks[rows]
