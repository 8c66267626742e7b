from __future__ import annotations

import numpy as np
import pytest

from calculators.kernels.nms import OverlapType, overlap, suppress, suppress_weighted
from calculators.types import Detections, FloatArray

IOU = OverlapType.INTERSECTION_OVER_UNION


def make_detections(seed: int, count: int) -> Detections:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 0.4, (count, 2))
    sides = rng.uniform(0.1, 0.5, (count, 2))
    return Detections(
        rng.permutation(np.linspace(0.5, 0.99, count)).astype(np.float32),
        np.concatenate([corners, sides], axis=1).astype(np.float32),
        rng.uniform(0, 1, (count, 4, 2)).astype(np.float32),
    )


def scalar_overlap(a: FloatArray, b: FloatArray, overlap_type: OverlapType) -> np.float32:
    ax, ay, bx, by = a[0] + a[2], a[1] + a[3], b[0] + b[2], b[1] + b[3]
    left, top, right, bottom = max(a[0], b[0]), max(a[1], b[1]), min(ax, bx), min(ay, by)
    if not (left < right and top < bottom):
        return np.float32(0)
    inner = (right - left) * (bottom - top)
    area_a, area_b = (ax - a[0]) * (ay - a[1]), (bx - b[0]) * (by - b[1])
    around = (max(ax, bx) - min(a[0], b[0])) * (max(ay, by) - min(a[1], b[1]))
    whole = {
        OverlapType.JACCARD: around,
        OverlapType.MODIFIED_JACCARD: area_b,
        OverlapType.INTERSECTION_OVER_UNION: area_a + area_b - inner,
    }
    ratio: np.float32 = inner / whole[overlap_type]
    return ratio


def scalar_weighted(detections: Detections, threshold: float) -> list[list[np.float32]]:
    left = sorted(range(len(detections)), key=lambda i: -detections.scores[i])
    results = []
    while left:
        best = left[0]
        members = [
            i
            for i in left
            if scalar_overlap(detections.boxes[i], detections.boxes[best], IOU)
            > np.float32(threshold)
        ]
        total, sums = np.float32(0), [np.float32(0)] * 12
        for i in members:
            score, box = detections.scores[i], detections.boxes[i]
            values = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
            values += detections.keypoints[i].reshape(-1).tolist()
            total += score
            sums = [s + np.float32(v) * score for s, v in zip(sums, values, strict=True)]
        means = [s / total for s in sums]
        means[2], means[3] = means[2] - means[0], means[3] - means[1]
        results.append([detections.scores[best], *means])
        left = [i for i in left if i not in members]
    return results


@pytest.mark.parametrize("overlap_type", list(OverlapType))
def test_overlap_equals_the_scalar_definition(overlap_type: OverlapType) -> None:
    boxes = make_detections(1, 25).boxes
    table = overlap(boxes[:, None], boxes[None], overlap_type)
    for row, a in enumerate(boxes):
        for column, b in enumerate(boxes):
            assert table[row, column] == scalar_overlap(a, b, overlap_type)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    left = np.array([0, 0, 0.5, 1], np.float32)
    right = np.array([0.5, 0, 0.5, 1], np.float32)
    for overlap_type in OverlapType:
        assert overlap(left, right, overlap_type) == 0


def test_empty_boxes_do_not_overlap_themselves() -> None:
    empty = np.zeros(4, np.float32)
    for overlap_type in OverlapType:
        assert overlap(empty, empty, overlap_type) == 0


@pytest.mark.parametrize("seed", range(8))
def test_weighted_suppression_equals_the_loop_of_the_source(seed: int) -> None:
    detections = make_detections(seed, 14)
    result = suppress_weighted(detections, min_suppression_threshold=0.3, overlap_type=IOU)
    flat = np.concatenate(
        [result.scores[:, None], result.boxes, result.keypoints.reshape(-1, 8)], axis=1
    )
    assert np.array_equal(flat, np.array(scalar_weighted(detections, 0.3), np.float32))


def test_a_lone_detection_stays_where_it_is() -> None:
    detections = make_detections(3, 1)
    result = suppress_weighted(detections, min_suppression_threshold=0.3, overlap_type=IOU)
    assert np.allclose(result.boxes, detections.boxes, atol=1e-6)
    assert np.array_equal(result.scores, detections.scores)


def test_an_empty_best_box_ends_weighted_suppression() -> None:
    detections = make_detections(4, 3)
    boxes = detections.boxes.copy()
    boxes[detections.scores.argmax(), 2:] = 0
    changed = Detections(detections.scores, boxes, detections.keypoints)
    result = suppress_weighted(changed, min_suppression_threshold=0.3, overlap_type=IOU)
    assert len(result) == 1
    assert np.array_equal(result.boxes[0], boxes[detections.scores.argmax()])


@pytest.mark.parametrize("overlap_type", list(OverlapType))
def test_kept_detections_overlap_little_and_every_other_overlaps_a_better_one(
    overlap_type: OverlapType,
) -> None:
    detections = make_detections(5, 30)
    result = suppress(detections, min_suppression_threshold=0.4, overlap_type=overlap_type)
    assert np.all(np.diff(result.scores) <= 0)
    for i in range(len(detections)):
        better = result.boxes[result.scores > detections.scores[i]]
        worst = overlap(better, detections.boxes[i], overlap_type).max(initial=0)
        assert (worst <= np.float32(0.4)) == (detections.scores[i] in result.scores)


def test_equal_scores_keep_their_order() -> None:
    boxes = np.array([[0, 0, 0.1, 0.1], [0.5, 0, 0.1, 0.1]], np.float32)
    detections = Detections(np.full(2, 0.5, np.float32), boxes, np.zeros((2, 0, 2), np.float32))
    assert np.array_equal(suppress(detections, min_suppression_threshold=0.3).boxes, boxes)


def test_limits_apply() -> None:
    detections = make_detections(6, 20)
    few = suppress(detections, min_suppression_threshold=0.9, max_num_detections=3)
    assert len(few) == 3
    good = suppress(detections, min_suppression_threshold=0.99, min_score_threshold=0.8)
    assert good.scores.min() >= 0.8
    weighted = suppress_weighted(
        detections, min_suppression_threshold=0.99, min_score_threshold=0.8
    )
    assert weighted.scores.min() >= 0.8


def test_nothing_in_gives_nothing_out() -> None:
    nothing = make_detections(7, 0)
    assert len(suppress(nothing, min_suppression_threshold=0.3)) == 0
    result = suppress_weighted(nothing, min_suppression_threshold=0.3)
    assert result.keypoints.shape == (0, 4, 2)
