"""One frame's answer of a pose graph, as files keep it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import PoseLandmark
from calculators.types import (
    FloatArray,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    WorldLandmarks,
)
from graphflow.words.quick_dataclass import dataclass

LANDMARK_COUNT: Final = len(PoseLandmark)
LANDMARK_FIELDS: Final = ("x", "y", "z", "visibility", "presence")
ROI_FIELDS: Final = ("x_center", "y_center", "width", "height", "rotation")


@dataclass(frozen=True, eq=False)
class PoseRecord:
    """What was found in one frame; None where there was no body.

    Attributes:
        timestamp: of the frame, microseconds.
        frame: the frame's number, from 0.
        size: of the frame, in pixels.
        pose_landmarks: (33, 5) float32; x and y normalised to the frame.
        pose_world_landmarks: (33, 5) float32; metres from the mid-hip.
        roi: (5,) float32; the region the body was looked for in.
    """

    timestamp: int
    frame: int
    size: ImageSize
    pose_landmarks: NormalizedLandmarks | None = None
    pose_world_landmarks: WorldLandmarks | None = None
    roi: NormalizedRect | None = None

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            ValueError: an array has another shape.
        """
        landmarks = (LANDMARK_COUNT, len(LANDMARK_FIELDS))
        _check_shape("pose_landmarks", self.pose_landmarks, landmarks)
        _check_shape("pose_world_landmarks", self.pose_world_landmarks, landmarks)
        _check_shape("roi", self.roi, (len(ROI_FIELDS),))


# A record of fixed size for frames, and the columns of the .npz.
RECORD_DTYPE: Final = np.dtype(
    [
        ("timestamp", np.int64),
        ("frame", np.int64),
        ("width", np.int64),
        ("height", np.int64),
        ("present", np.bool_),
        ("pose_landmarks", np.float32, (LANDMARK_COUNT, len(LANDMARK_FIELDS))),
        ("pose_world_landmarks", np.float32, (LANDMARK_COUNT, len(LANDMARK_FIELDS))),
        ("roi", np.float32, (len(ROI_FIELDS),)),
    ]
)


def as_row(record: PoseRecord) -> npt.NDArray[np.void]:
    """Return a record as a scalar array of RECORD_DTYPE: NaN where there was nothing."""
    row = np.zeros((), RECORD_DTYPE)
    row["timestamp"] = record.timestamp
    row["frame"] = record.frame
    row["width"], row["height"] = record.size
    row["present"] = record.pose_landmarks is not None
    for name in ("pose_landmarks", "pose_world_landmarks", "roi"):
        value = getattr(record, name)
        row[name] = np.nan if value is None else value
    return row


def _check_shape(name: str, array: FloatArray | None, shape: tuple[int, ...]) -> None:
    if array is not None and array.shape != shape:
        raise ValueError(f"{name}: found shape {array.shape}; expected {shape}")
