"""Decoding of a single-shot detector's raw tensors into scored boxes and keypoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calculators.kernels.transcendental import expf, sigmoid
from calculators.types import Anchors, Detections, FloatArray

_KEYPOINT_VALUES = 2


@dataclass(frozen=True)
class BoxDecoding:
    """Layout of the box tensor; names are TensorsToDetectionsCalculatorOptions'.

    Attributes:
        num_coords: Values per box: four for the box, then the keypoints.
        box_coord_offset: Column of the first box value.
        keypoint_coord_offset: Column of the first keypoint value.
        num_keypoints: Keypoints per box.
        num_values_per_keypoint: Columns per keypoint; only 2 is supported.
        x_scale: Divisor of x values, normally the input width in pixels.
        y_scale: Divisor of y values, normally the input height in pixels.
        w_scale: Divisor of widths.
        h_scale: Divisor of heights.
        apply_exponential_on_box_size: Whether widths and heights are logarithms.
        reverse_output_order: Whether the order is x, y, width, height (else y, x, height, width).
        sigmoid_score: Whether scores are logits.
        score_clipping_thresh: Bound of the logits' magnitude; ``None`` for no clipping.
        min_score_thresh: Lowest score kept; ``None`` keeps all.
    """

    num_coords: int
    box_coord_offset: int = 0
    keypoint_coord_offset: int = 0
    num_keypoints: int = 0
    num_values_per_keypoint: int = _KEYPOINT_VALUES
    x_scale: float = 0.0
    y_scale: float = 0.0
    w_scale: float = 0.0
    h_scale: float = 0.0
    apply_exponential_on_box_size: bool = False
    reverse_output_order: bool = False
    sigmoid_score: bool = False
    score_clipping_thresh: float | None = None
    min_score_thresh: float | None = None

    def __post_init__(self) -> None:
        """Check that the options describe one layout.

        Raises:
            ValueError: The counts disagree or a scale is not positive.
        """
        if self.num_values_per_keypoint != _KEYPOINT_VALUES:
            raise ValueError(
                f"found num_values_per_keypoint {self.num_values_per_keypoint}; expected 2"
            )
        if self.num_keypoints * _KEYPOINT_VALUES + 4 != self.num_coords:
            raise ValueError(
                f"found num_coords {self.num_coords} with num_keypoints {self.num_keypoints}; "
                f"expected num_coords {self.num_keypoints * _KEYPOINT_VALUES + 4}"
            )
        if min(self.x_scale, self.y_scale, self.w_scale, self.h_scale) <= 0:
            raise ValueError(
                f"found x_scale {self.x_scale}, y_scale {self.y_scale}, w_scale {self.w_scale}, "
                f"h_scale {self.h_scale}; expected all above 0 (the model input's sides in px)"
            )


def decode_detections(
    raw_boxes: FloatArray, raw_scores: FloatArray, anchors: Anchors, decoding: BoxDecoding
) -> Detections:
    """Keep the boxes that score enough and decode only those.

    Args:
        raw_boxes: (N, num_coords) float32, or with leading axes of length 1.
        raw_scores: (N, classes) or (N,) float32, or with leading axes of length 1; logits if
            ``sigmoid_score``. A box's score is its best class's.
        anchors: (N, 4) float32, normalised.
        decoding: The layout.

    Returns:
        Detections in anchor order, normalised to the model input; may leave [0, 1]. Boxes with a
        negative or NaN side are dropped.

    Raises:
        ValueError: Shapes disagree; the message gives them.

    Source: MediaPipe, calculators/tensor/tensors_to_detections_calculator.cc
    """
    count = len(anchors)
    if raw_boxes.size != count * decoding.num_coords or (count and raw_scores.size % count):
        raise ValueError(
            f"found boxes {raw_boxes.shape} and scores {raw_scores.shape} for {count} anchors; "
            f"expected ({count}, {decoding.num_coords}) and ({count}, classes)"
        )
    scores = _scores(raw_scores, count, decoding)
    if decoding.min_score_thresh is None:
        kept = np.arange(count)
    else:
        kept = np.flatnonzero(scores >= np.float32(decoding.min_score_thresh))
    raw = raw_boxes.reshape(count, decoding.num_coords)[kept]
    boxes = _decode_boxes(raw, anchors[kept], decoding)
    keypoints = _decode_keypoints(raw, anchors[kept], decoding)
    valid = (boxes[:, 2] >= 0) & (boxes[:, 3] >= 0)
    return Detections(scores[kept][valid], boxes[valid], keypoints[valid])


def _scores(raw_scores: FloatArray, count: int, decoding: BoxDecoding) -> FloatArray:
    scores = raw_scores.reshape(count, -1) if count else raw_scores.reshape(0, 1)
    if decoding.sigmoid_score:
        if decoding.score_clipping_thresh is not None:
            bound = np.float32(decoding.score_clipping_thresh)
            scores = np.clip(scores, -bound, bound)
        scores = sigmoid(scores)
    best: FloatArray = scores[:, 0] if scores.shape[1] == 1 else scores.max(axis=1)
    return best


def _centres(
    values: FloatArray, anchors: FloatArray, decoding: BoxDecoding
) -> tuple[FloatArray, FloatArray]:
    """Return x and y of (..., 2) values stored in the model's order."""
    x, y = (0, 1) if decoding.reverse_output_order else (1, 0)
    return (
        values[..., x] / np.float32(decoding.x_scale) * anchors[..., 2] + anchors[..., 0],
        values[..., y] / np.float32(decoding.y_scale) * anchors[..., 3] + anchors[..., 1],
    )


def _decode_boxes(raw: FloatArray, anchors: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (M, 4) float32 xmin, ymin, width, height."""
    values = raw[:, decoding.box_coord_offset : decoding.box_coord_offset + 4]
    x_center, y_center = _centres(values[:, :2], anchors, decoding)
    width, height = (2, 3) if decoding.reverse_output_order else (3, 2)
    half_sides = []
    for column, scale, side in ((width, decoding.w_scale, 2), (height, decoding.h_scale, 3)):
        relative = values[:, column] / np.float32(scale)
        if decoding.apply_exponential_on_box_size:
            relative = expf(relative)
        half_sides.append(relative * anchors[:, side] / np.float32(2))
    # The sides are differences of rounded corners, as in the source, not the decoded sides.
    x_min, y_min = x_center - half_sides[0], y_center - half_sides[1]
    x_max, y_max = x_center + half_sides[0], y_center + half_sides[1]
    return np.stack([x_min, y_min, x_max - x_min, y_max - y_min], axis=-1)


def _decode_keypoints(raw: FloatArray, anchors: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (M, K, 2) float32 x, y."""
    first = decoding.keypoint_coord_offset
    last = first + decoding.num_keypoints * _KEYPOINT_VALUES
    values = raw[:, first:last].reshape(len(raw), decoding.num_keypoints, _KEYPOINT_VALUES)
    return np.stack(_centres(values, anchors[:, None], decoding), axis=-1)
