"""Non-maximum suppression: one detection out of each cluster of overlapping ones."""

from __future__ import annotations

from enum import Enum

import numpy as np

from calculators.types import Detections, FloatArray


class OverlapType(Enum):
    """What the intersection area is divided by."""

    JACCARD = "JACCARD"
    """The area of the smallest rectangle around both."""
    MODIFIED_JACCARD = "MODIFIED_JACCARD"
    """The area of the second rectangle."""
    INTERSECTION_OVER_UNION = "INTERSECTION_OVER_UNION"
    """The area covered by either."""


def overlap(first: FloatArray, second: FloatArray, overlap_type: OverlapType) -> FloatArray:
    """Return the overlap of boxes, broadcasting over all but the last axis.

    Args:
        first: (..., 4) float32 xmin, ymin, width, height.
        second: (..., 4) float32, same columns.
        overlap_type: What to divide the intersection by.

    Returns:
        (...) float32 in [0, 1] for valid boxes; 0 where the boxes only touch or are empty.

    Source: MediaPipe, calculators/util/non_max_suppression_calculator.cc and
        framework/port/rectangle.h
    """
    first_min, second_min = first[..., :2], second[..., :2]
    first_max, second_max = first_min + first[..., 2:], second_min + second[..., 2:]
    inner = np.minimum(first_max, second_max) - np.maximum(first_min, second_min)
    is_crossing = np.all(inner > 0, axis=-1)
    intersection = inner[..., 0] * inner[..., 1]
    if overlap_type is OverlapType.JACCARD:
        outer = np.maximum(first_max, second_max) - np.minimum(first_min, second_min)
        whole = outer[..., 0] * outer[..., 1]
    else:
        whole = _area(second_min, second_max)
        if overlap_type is OverlapType.INTERSECTION_OVER_UNION:
            whole = _area(first_min, first_max) + whole - intersection
    is_crossing &= whole > 0
    return np.where(is_crossing, intersection / np.where(is_crossing, whole, np.float32(1)), 0)


def _area(low: FloatArray, high: FloatArray) -> FloatArray:
    # Sides are differences of corners, not the stored sides: they differ in the last bit.
    sides = high - low
    area: FloatArray = sides[..., 0] * sides[..., 1]
    return area


def _by_descending_score(detections: Detections) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.argsort(-detections.scores, kind="stable")


def suppress(
    detections: Detections,
    *,
    min_suppression_threshold: float,
    overlap_type: OverlapType = OverlapType.JACCARD,
    max_num_detections: int = -1,
    min_score_threshold: float = 0.0,
) -> Detections:
    """Keep each detection that overlaps no better kept one by more than the threshold.

    Args:
        detections: N detections; N = 0 is fine.
        min_suppression_threshold: Overlap above which the lower score is dropped.
        overlap_type: How overlap is measured; the kept box is the first.
        max_num_detections: Most detections kept; -1 for all.
        min_score_threshold: Lowest score considered; 0 for all.

    Returns:
        A subset, by descending score; equal scores keep their order.

    Source: MediaPipe, calculators/util/non_max_suppression_calculator.cc
    """
    threshold = np.float32(min_suppression_threshold)
    kept: list[int] = []
    for index in _by_descending_score(detections).tolist():
        if len(kept) == max_num_detections:
            break
        if min_score_threshold > 0 and detections.scores[index] < np.float32(min_score_threshold):
            break
        overlaps = overlap(detections.boxes[kept], detections.boxes[index], overlap_type)
        if not np.any(overlaps > threshold):
            kept.append(index)
    return Detections(detections.scores[kept], detections.boxes[kept], detections.keypoints[kept])


def suppress_weighted(
    detections: Detections,
    *,
    min_suppression_threshold: float,
    overlap_type: OverlapType = OverlapType.JACCARD,
    min_score_threshold: float = 0.0,
) -> Detections:
    """Replace each cluster by the score-weighted mean of its boxes and keypoints.

    A cluster is everything left that overlaps the best one left by more than the threshold. Its
    score stays the best one's. The limit on the number of detections has no effect in the
    source, so there is none here.

    Args:
        detections: N detections; N = 0 is fine.
        min_suppression_threshold: Overlap above which a detection joins the cluster.
        overlap_type: How overlap is measured; the cluster's best box is the second.
        min_score_threshold: Lowest score that starts a cluster; 0 for all.

    Returns:
        One detection per cluster, by descending score.

    Source: MediaPipe, calculators/util/non_max_suppression_calculator.cc
    """
    threshold = np.float32(min_suppression_threshold)
    remaining = _by_descending_score(detections)
    scores, boxes, keypoints = [], [], []
    while remaining.size:
        best = remaining[0]
        if min_score_threshold > 0 and detections.scores[best] < np.float32(min_score_threshold):
            break
        overlaps = overlap(detections.boxes[remaining], detections.boxes[best], overlap_type)
        is_member = overlaps > threshold
        box, points = detections.boxes[best], detections.keypoints[best]
        if is_member.any():
            box, points = _weighted_mean(detections, remaining[is_member])
        scores.append(detections.scores[best])
        boxes.append(box)
        keypoints.append(points)
        if not is_member.any():
            break
        remaining = remaining[~is_member]
    if not scores:
        return Detections(detections.scores[:0], detections.boxes[:0], detections.keypoints[:0])
    return Detections(np.array(scores, np.float32), np.stack(boxes), np.stack(keypoints))


def _weighted_mean(
    detections: Detections, members: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> tuple[FloatArray, FloatArray]:
    """Return the mean (4,) box and (K, 2) keypoints, accumulated in member order."""
    weights = detections.scores[members, None]
    boxes = detections.boxes[members]
    points = detections.keypoints[members]
    count = len(members)
    # A sum over the slow axis adds one row after the other, each rounded; numpy adds pairwise only
    # over the fast one.
    terms = np.empty((count, 5 + 2 * points.shape[1]), np.float32)
    terms[:, 0] = 1
    terms[:, 1:3] = boxes[:, :2]
    np.add(boxes[:, :2], boxes[:, 2:], out=terms[:, 3:5])
    terms[:, 5:] = points.reshape(count, -1)
    terms *= weights
    sums = np.add.reduce(terms, axis=0)
    means: FloatArray = sums[1:] / sums[0]
    means[2:4] -= means[:2]
    return means[:4], means[4:].reshape(-1, 2)
