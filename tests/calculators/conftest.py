"""A payload of each type, for checks that hold for every calculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.types import (
    Anchors,
    Detection,
    Detections,
    FloatArray,
    ImageSize,
    LetterboxPadding,
    Mask,
    Matrix4,
    NormalizedLandmarks,
    NormalizedRect,
    PoseEvent,
    PoseEvents,
    RgbImage,
    Tensors,
    VideoHeader,
    WorldLandmarks,
)
from graphflow.testing import make_read_only


def ramp(*shape: int) -> Any:
    """A read-only float32 array with different values in (0, 1]."""
    count = int(np.prod(shape))
    return make_read_only((np.arange(1, count + 1, dtype=np.float32) / count).reshape(shape))


BY_TYPE: dict[Any, Any] = {
    Any: ramp(2, 2),
    bool: True,
    int: 1,
    float: 0.25,
    str: "",
    bytes: b"\x00\x80\xff",
    FloatArray: ramp(4),
    RgbImage: make_read_only(np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3)),
    ImageSize: ImageSize(64, 48),
    Mask: ramp(8, 8),
    Matrix4: make_read_only(np.diag(np.array([0.5, 0.5, 0.5, 1], np.float32))),
    Tensors: (ramp(1, 8, 8, 1),),
    LetterboxPadding: make_read_only(np.array([0, 0.25, 0, 0.25], np.float32)),
    Anchors: ramp(2254, 4),
    NormalizedRect: make_read_only(np.array([0.5, 0.5, 0.5, 0.5, 0.3], np.float32)),
    NormalizedLandmarks: ramp(39, 5),
    WorldLandmarks: ramp(39, 5),
    Detection: Detection(0.5, ramp(4), ramp(4, 2)),
    Detections: Detections(ramp(3), ramp(3, 4), ramp(3, 4, 2)),
    VideoHeader: VideoHeader(64, 48, None, None, None),
    PoseEvents: (PoseEvent("presence", "begin", 0),),
}

BY_STREAM: dict[str, Any] = {
    "input_tensors": (ramp(1, 4, 4, 2),),
    "detection_tensors": (ramp(1, 2254, 12), ramp(1, 2254, 1)),
    "landmark_tensor": (ramp(1, 195),),
    "pose_flag_tensor": (ramp(1, 1),),
    "heatmap_tensor": (ramp(1, 8, 8, 39),),
    "pose_landmarks": ramp(33, 5),
    "near_landmarks": ramp(33, 5),
    "far_landmarks": ramp(33, 5),
    "near_detections": BY_TYPE[Detections],
    "far_detections": BY_TYPE[Detections],
    "scores": (0.25, 0.75),
    "regions": (BY_TYPE[NormalizedRect], BY_TYPE[NormalizedRect]),
    "squats": 2,
    "knee_angle": 90.0,
}
"""Where the type does not say which shape the node of the example wants."""


@pytest.fixture(scope="session")
def payloads() -> Any:
    """Return a function that gives a read-only payload for a stream's name and type."""

    def payload(stream: str, kind: Any) -> Any:
        return BY_STREAM[stream] if stream in BY_STREAM else BY_TYPE[kind]

    return payload
