"""Options that two calculators share: how a rectangle is turned by two keypoints."""

from __future__ import annotations

import math

from pydantic import Field

from graphflow.options import Options


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
