"""Decoding of a single-shot detector's raw tensors into scored boxes and keypoints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from calculators.kernels.transcendental import expf, sigmoid
from calculators.types import Anchors, Detections, FloatArray

_KEYPOINT_VALUES = 2

# Far more than a logit's rounding, far less than what would let many more boxes through.
_LOGIT_MARGIN = 0.01
# Nearer to 1, all large logits have the same score.
_HIGHEST_SELECTIVE = 0.999


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

    @cached_property
    def point_scale(self) -> FloatArray:
        """(2,) float32 divisors of x and y."""
        return np.array([self.x_scale, self.y_scale], np.float32)

    @cached_property
    def side_scale(self) -> FloatArray:
        """(2,) float32 divisors of widths and heights."""
        return np.array([self.w_scale, self.h_scale], np.float32)

    @cached_property
    def lowest_logit(self) -> float | None:
        """What a raw score must reach for its score to be kept; None where that tells nothing."""
        lowest = self.min_score_thresh
        if not self.sigmoid_score or lowest is None or not 0 < lowest < _HIGHEST_SELECTIVE:
            return None
        logit = math.log(lowest / (1 - lowest)) - _LOGIT_MARGIN
        bound = self.score_clipping_thresh
        # Where it lies beyond the clipped logits, all are kept, or none.
        return logit if bound is None or -bound < logit < bound else None


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
    kept, scores = _kept_scores(raw_scores, count, decoding)
    raw = raw_boxes.reshape(count, decoding.num_coords)[kept]
    kept_anchors = anchors[kept]
    boxes = _decode_boxes(raw, kept_anchors, decoding)
    keypoints = _decode_keypoints(raw, kept_anchors, decoding)
    is_valid = (boxes[:, 2] >= 0) & (boxes[:, 3] >= 0)
    if is_valid.all():
        return Detections(scores, boxes, keypoints)
    return Detections(scores[is_valid], boxes[is_valid], keypoints[is_valid])


def _kept_scores(
    raw_scores: FloatArray, count: int, decoding: BoxDecoding
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Return the rows that score enough, and their scores."""
    raw = raw_scores.reshape(count, -1) if count else raw_scores.reshape(0, 1)
    rows = None
    if raw.shape[1] == 1 and decoding.lowest_logit is not None:
        # Only few can score enough, and an exponential for each would cost more than this look.
        (rows,) = (raw[:, 0] >= decoding.lowest_logit).nonzero()
        raw = raw[rows]
    scores = _scores(raw, decoding)
    if decoding.min_score_thresh is None:
        return np.arange(count), scores
    (kept,) = (scores >= np.float32(decoding.min_score_thresh)).nonzero()
    return (kept if rows is None else rows[kept]), scores[kept]


def _scores(raw: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return the best score of each row of (N, classes)."""
    scores = raw
    if decoding.sigmoid_score:
        if decoding.score_clipping_thresh is not None:
            bound = np.float32(decoding.score_clipping_thresh)
            scores = np.minimum(np.maximum(scores, -bound), bound)
        scores = sigmoid(scores)
    best: FloatArray = scores[:, 0] if scores.shape[1] == 1 else scores.max(axis=1)
    return best


def _in_order(values: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (..., 2) values of the model as x and y, or width and height."""
    return values if decoding.reverse_output_order else values[..., ::-1]


def _centres(values: FloatArray, anchors: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (..., 2) x and y of (..., 2) values stored in the model's order."""
    centres: FloatArray = _in_order(values, decoding) / decoding.point_scale
    centres *= anchors[..., 2:4]
    centres += anchors[..., :2]
    return centres


def _decode_boxes(raw: FloatArray, anchors: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (M, 4) float32 xmin, ymin, width, height."""
    first = decoding.box_coord_offset
    centres = _centres(raw[:, first : first + 2], anchors, decoding)
    half_sides = _in_order(raw[:, first + 2 : first + 4], decoding) / decoding.side_scale
    if decoding.apply_exponential_on_box_size:
        half_sides = expf(half_sides)
    half_sides *= anchors[:, 2:]
    half_sides /= np.float32(2)
    boxes = np.empty((len(raw), 4), np.float32)
    # The sides are differences of rounded corners, as in the source, not the decoded sides.
    low = np.subtract(centres, half_sides, out=boxes[:, :2])
    np.subtract(centres + half_sides, low, out=boxes[:, 2:])
    return boxes


def _decode_keypoints(raw: FloatArray, anchors: FloatArray, decoding: BoxDecoding) -> FloatArray:
    """Return (M, K, 2) float32 x, y."""
    first = decoding.keypoint_coord_offset
    last = first + decoding.num_keypoints * _KEYPOINT_VALUES
    values = raw[:, first:last].reshape(len(raw), decoding.num_keypoints, _KEYPOINT_VALUES)
    return _centres(values, anchors[:, None], decoding)
