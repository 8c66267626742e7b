from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calculators.kernels.boxes import BoxDecoding, decode_detections
from calculators.kernels.transcendental import expf, sigmoid
from calculators.types import Anchors, FloatArray

POSE = BoxDecoding(
    num_coords=12,
    keypoint_coord_offset=4,
    num_keypoints=4,
    x_scale=224.0,
    y_scale=224.0,
    w_scale=224.0,
    h_scale=224.0,
    reverse_output_order=True,
    sigmoid_score=True,
    score_clipping_thresh=100.0,
    min_score_thresh=0.5,
)


def make_inputs(seed: int, count: int = 60) -> tuple[FloatArray, FloatArray, Anchors]:
    rng = np.random.default_rng(seed)
    boxes = rng.normal(0, 30, (1, count, 12)).astype(np.float32)
    scores = rng.normal(0, 3, (1, count, 1)).astype(np.float32)
    anchors = rng.uniform(0.1, 1, (count, 4)).astype(np.float32)
    return boxes, scores, Anchors(anchors)


def decode_one(raw: FloatArray, anchor: FloatArray, decoding: BoxDecoding) -> list[float]:
    """The source's loop body: x_min, y_min, width, height, then keypoints."""
    order = (0, 1, 2, 3) if decoding.reverse_output_order else (1, 0, 3, 2)
    x, y, w, h = (raw[decoding.box_coord_offset + column] for column in order)
    x = x / np.float32(decoding.x_scale) * anchor[2] + anchor[0]
    y = y / np.float32(decoding.y_scale) * anchor[3] + anchor[1]
    w, h = w / np.float32(decoding.w_scale), h / np.float32(decoding.h_scale)
    if decoding.apply_exponential_on_box_size:
        w, h = np.float32(expf(w)), np.float32(expf(h))
    w, h = w * anchor[2], h * anchor[3]
    two = np.float32(2)
    values = [x - w / two, y - h / two]
    values += [x + w / two - values[0], y + h / two - values[1]]
    for keypoint in range(decoding.num_keypoints):
        first = decoding.keypoint_coord_offset + 2 * keypoint
        a, b = raw[first + order[0]], raw[first + order[1]]
        values.append(a / np.float32(decoding.x_scale) * anchor[2] + anchor[0])
        values.append(b / np.float32(decoding.y_scale) * anchor[3] + anchor[1])
    return values


@pytest.mark.parametrize(
    "decoding",
    [
        POSE,
        replace(POSE, reverse_output_order=False),
        replace(POSE, apply_exponential_on_box_size=True),
        replace(POSE, x_scale=128.0, h_scale=5.0),
        replace(POSE, box_coord_offset=8, keypoint_coord_offset=0),
    ],
)
def test_decoding_equals_the_loop_of_the_source(decoding: BoxDecoding) -> None:
    boxes, scores, anchors = make_inputs(1)
    detections = decode_detections(boxes, scores, anchors, decoding)
    expected = []
    for raw, score, anchor in zip(boxes[0], sigmoid(scores[0, :, 0]), anchors, strict=True):
        values = decode_one(raw, anchor, decoding)
        if score >= 0.5 and values[2] >= 0 and values[3] >= 0:
            expected.append([score, *values])
    flat = np.concatenate(
        [detections.scores[:, None], detections.boxes, detections.keypoints.reshape(-1, 8)], axis=1
    )
    assert len(expected) > 3
    assert np.array_equal(flat, np.array(expected, np.float32))


@pytest.mark.parametrize("bound", [None, 100.0, 2.0])
@pytest.mark.parametrize("lowest", [0.0, 1e-6, 0.05, 0.5, 0.9, 0.99, 0.9995, 1.0])
def test_the_boxes_kept_are_those_whose_score_reaches_the_threshold(
    lowest: float, bound: float | None
) -> None:
    raw_boxes, raw_scores, anchors = make_inputs(11, count=500)
    raw_boxes[..., 2:4] = np.abs(raw_boxes[..., 2:4])
    raw_scores[0, 7, 0] = np.nan
    decoding = replace(POSE, min_score_thresh=lowest, score_clipping_thresh=bound)
    found = decode_detections(raw_boxes, raw_scores, anchors, decoding)
    every = decode_detections(
        raw_boxes, raw_scores, anchors, replace(decoding, min_score_thresh=None)
    )
    is_kept = every.scores >= np.float32(lowest)
    assert np.array_equal(found.scores, every.scores[is_kept])
    assert np.array_equal(found.boxes, every.boxes[is_kept])
    assert np.array_equal(found.keypoints, every.keypoints[is_kept])


def test_no_box_above_the_threshold_gives_no_detections() -> None:
    boxes, scores, anchors = make_inputs(2)
    detections = decode_detections(boxes, scores - 100, anchors, POSE)
    assert len(detections) == 0
    assert detections.keypoints.shape == (0, 4, 2)


def test_no_anchors_give_no_detections() -> None:
    boxes, scores, anchors = make_inputs(2, count=0)
    assert len(decode_detections(boxes, scores, anchors, POSE)) == 0


def test_boxes_with_nan_or_negative_sides_are_dropped() -> None:
    boxes, scores, anchors = make_inputs(3, count=3)
    boxes[0, :, 2:4] = np.array([[1, 1], [-1, 1], [np.nan, 1]])
    scores[:] = 5
    assert len(decode_detections(boxes, scores, anchors, POSE)) == 1


def test_a_nan_score_is_dropped() -> None:
    boxes, scores, anchors = make_inputs(3, count=1)
    boxes[...] = 1
    scores[:] = np.nan
    assert len(decode_detections(boxes, scores, anchors, POSE)) == 0


def test_logits_are_clipped_before_the_sigmoid() -> None:
    boxes, scores, anchors = make_inputs(4, count=1)
    boxes[...] = 1
    scores[:] = 50
    clipped = decode_detections(boxes, scores, anchors, replace(POSE, score_clipping_thresh=1.0))
    assert clipped.scores.tolist() == sigmoid(np.ones(1)).tolist()


def test_the_best_class_counts() -> None:
    boxes, _, anchors = make_inputs(5, count=1)
    boxes[...] = 1
    scores = np.array([[[-3.0, 2.0, 1.0]]], np.float32)
    assert decode_detections(boxes, scores, anchors, POSE).scores[0] == sigmoid(2.0)


def test_raw_scores_pass_through_without_sigmoid() -> None:
    boxes, _, anchors = make_inputs(6, count=1)
    boxes[...] = 1
    scores = np.array([[[0.75]]], np.float32)
    decoding = replace(POSE, sigmoid_score=False)
    assert decode_detections(boxes, scores, anchors, decoding).scores.tolist() == [0.75]


def test_wrong_sizes_are_refused_with_both_shapes() -> None:
    boxes, scores, anchors = make_inputs(7)
    with pytest.raises(ValueError, match=r"boxes \(1, 59, 12\).*for 60 anchors"):
        decode_detections(boxes[:, 1:], scores, anchors, POSE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_coords": 13}, "expected num_coords 12"),
        ({"num_values_per_keypoint": 3}, "expected 2"),
        ({"w_scale": 0.0}, "expected all above 0"),
    ],
)
def test_inconsistent_options_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(POSE, **changes)
