"""Detections of the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calculators.types import Detection, Detections
from graphflow.testing import make_read_only

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@pytest.fixture(scope="session")
def detection() -> Callable[..., Detection]:
    """Return a function that makes a read-only detection of a fixed box with given keypoints."""

    def make(*keypoints: Point) -> Detection:
        box = np.array([0.1, 0.2, 0.4, 0.2], np.float32)
        points = np.array(keypoints, np.float32).reshape(-1, 2)
        return Detection(1.0, make_read_only(box), make_read_only(points))

    return make


@pytest.fixture(scope="session")
def batch() -> Callable[..., Detections]:
    """Return a function that makes a read-only batch of (score, box), each with one keypoint."""

    def make(*scored_boxes: tuple[float, Box]) -> Detections:
        count = len(scored_boxes)
        boxes = np.array([box for _, box in scored_boxes], np.float32).reshape(count, 4)
        return Detections(
            make_read_only(np.array([score for score, _ in scored_boxes], np.float32)),
            make_read_only(boxes),
            make_read_only(boxes[:, :2].reshape(count, 1, 2)),
        )

    return make
