"""Letterboxing: padding a region to the tensor's aspect ratio, and undoing that afterwards."""

from __future__ import annotations

import numpy as np

from calculators.kernels.roi import RoiPx
from calculators.types import (
    Detections,
    FloatArray,
    ImageSize,
    LetterboxPadding,
    NormalizedLandmarks,
)

_ONE = np.float32(1)
_TWO = np.float32(2)


def no_padding() -> LetterboxPadding:
    """Return the padding of a region that fills its tensor."""
    return LetterboxPadding(np.zeros(4, np.float32))


def pad_roi(roi: RoiPx, tensor_size: ImageSize) -> tuple[RoiPx, LetterboxPadding]:
    """Grow a region about its centre until it has the aspect ratio of the tensor.

    Args:
        roi: Region in pixels; both sides above 0.
        tensor_size: Size of the tensor in pixels.

    Returns:
        The grown region, and the added borders as fractions of it.

    Raises:
        ValueError: A side of the region or of the tensor is not above 0.

    Source: MediaPipe, calculators/tensor/image_to_tensor_utils.cc (PadRoi)
    """
    if not (roi.width_px > 0 and roi.height_px > 0 and min(tensor_size) > 0):
        raise ValueError(
            f"found a region of {roi.width_px} x {roi.height_px} px for a tensor of "
            f"{tensor_size[0]} x {tensor_size[1]}; expected sides above 0"
        )
    tensor_aspect = np.float32(tensor_size[1]) / np.float32(tensor_size[0])
    roi_aspect = roi.height_px / roi.width_px
    zero = np.float32(0)
    if tensor_aspect > roi_aspect:
        padded = roi._replace(height_px=roi.width_px * tensor_aspect)
        horizontal, vertical = zero, (_ONE - roi_aspect / tensor_aspect) / _TWO
    else:
        padded = roi._replace(width_px=roi.height_px / tensor_aspect)
        horizontal, vertical = (_ONE - tensor_aspect / roi_aspect) / _TWO, zero
    padding = np.array([horizontal, vertical, horizontal, vertical], np.float32)
    return padded, LetterboxPadding(padding)


def _offset_and_scale(padding: LetterboxPadding) -> tuple[FloatArray, FloatArray]:
    """Return (2,) x, y borders before, and what remains of the whole: (2,) x, y."""
    remaining: FloatArray = _ONE - (padding[:2] + padding[2:])
    return padding[:2], remaining


def remove_from_detections(detections: Detections, padding: LetterboxPadding) -> Detections:
    """Express detections in the unpadded region.

    Args:
        detections: Normalised to the padded region.
        padding: (4,) float32 borders.

    Returns:
        New detections, normalised to the unpadded region.

    Source: MediaPipe, calculators/util/detection_letterbox_removal_calculator.cc
    """
    offset, remaining = _offset_and_scale(padding)
    boxes = np.empty_like(detections.boxes)
    boxes[:, :2] = (detections.boxes[:, :2] - offset) / remaining
    boxes[:, 2:] = detections.boxes[:, 2:] / remaining
    return Detections(detections.scores, boxes, (detections.keypoints - offset) / remaining)


def remove_from_landmarks(
    landmarks: NormalizedLandmarks, padding: LetterboxPadding
) -> NormalizedLandmarks:
    """Express landmarks in the unpadded region; z scales as x does.

    Args:
        landmarks: (N, 5) float32, normalised to the padded region.
        padding: (4,) float32 borders.

    Returns:
        (N, 5) float32, normalised to the unpadded region; a new array.

    Source: MediaPipe, calculators/util/landmark_letterbox_removal_calculator.cc
    """
    result = landmarks.copy()
    if not padding.any():
        return NormalizedLandmarks(result)
    offset, remaining = _offset_and_scale(padding)
    result[:, :2] -= offset
    result[:, :2] /= remaining
    result[:, 2] /= remaining[0]
    return NormalizedLandmarks(result)
