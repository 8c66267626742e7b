"""RotationOptions: which way two keypoints of a detection turn its rectangle."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from calculators.types import Detection, FloatArray
from graphflow import Options


class RotationOptions(Options):
    """Which keypoints give the rotation, and which way they shall point; names are MediaPipe's."""

    rotation_vector_start_keypoint_index: int | None = Field(
        None, ge=0, description="keypoint at which the direction starts"
    )
    rotation_vector_end_keypoint_index: int | None = Field(
        None, ge=0, description="keypoint at which the direction ends"
    )
    rotation_vector_target_angle: float | None = Field(
        None, description="direction wanted, radians counter-clockwise from the x axis"
    )
    rotation_vector_target_angle_degrees: float | None = Field(
        None, description="direction wanted, degrees counter-clockwise; 90 is up"
    )

    @model_validator(mode="after")
    def _check_angle(self) -> RotationOptions:
        angle_rad = self.rotation_vector_target_angle
        if angle_rad is not None and self.rotation_vector_target_angle_degrees is not None:
            raise ValueError(
                "found rotation_vector_target_angle and rotation_vector_target_angle_degrees; "
                "expected one of them"
            )
        return self

    @property
    def keypoints(self) -> tuple[int, int] | None:
        """Start and end keypoint, or None where either is not given."""
        start = self.rotation_vector_start_keypoint_index
        end = self.rotation_vector_end_keypoint_index
        return None if start is None or end is None else (start, end)

    @property
    def target_angle_rad(self) -> float | None:
        """The direction wanted in radians, or None where it is not given.

        MediaPipe computes pi * degrees / 180 in double and stores a float32; so do the kernels.
        """
        if self.rotation_vector_target_angle is not None:
            return self.rotation_vector_target_angle
        degrees = self.rotation_vector_target_angle_degrees
        return None if degrees is None else math.pi * degrees / 180.0

    def ends_of(self, detection: Detection) -> tuple[FloatArray, FloatArray]:
        """Return the keypoints, (2,) float32 each, at which the direction starts and ends.

        Raises:
            ValueError: the detection has too few keypoints, or `keypoints` is None.
        """
        count = len(detection.keypoints)
        if self.keypoints is None or max(self.keypoints) >= count:
            raise ValueError(f"found {count} keypoints; expected keypoints {self.keypoints}")
        start, end = self.keypoints
        return detection.keypoints[start], detection.keypoints[end]
