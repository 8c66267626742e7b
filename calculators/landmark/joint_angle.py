"""JointAngleCalculator: how far a joint is bent."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field, model_validator

from calculators.kernels.joint_angle import joint_angles_deg
from calculators.kernels.landmarks import LANDMARK_FIELDS
from calculators.pose_landmark import PoseLandmark
from calculators.types import WorldLandmarks
from graphflow import Calculator, Context, Contract, Options, Port, register

_VISIBILITY: Final = LANDMARK_FIELDS.index("visibility")

JointName = Literal[
    "LEFT_SHOULDER",
    "RIGHT_SHOULDER",
    "LEFT_ELBOW",
    "RIGHT_ELBOW",
    "LEFT_HIP",
    "RIGHT_HIP",
    "LEFT_KNEE",
    "RIGHT_KNEE",
    "LEFT_ANKLE",
    "RIGHT_ANKLE",
]

_ENDS: Final = {
    "SHOULDER": ("ELBOW", "HIP"),
    "ELBOW": ("SHOULDER", "WRIST"),
    "HIP": ("SHOULDER", "KNEE"),
    "KNEE": ("HIP", "ANKLE"),
    "ANKLE": ("KNEE", "FOOT_INDEX"),
}
"""The neighbours of each joint, on its own side."""

_Row = Annotated[int, Field(ge=0)]


def joint_triple(joint: JointName) -> tuple[int, int, int]:
    """Return the rows of a pose's joint and its two ends, the joint in the middle."""
    side, _, name = joint.partition("_")
    first, second = _ENDS[name]
    return (
        PoseLandmark[f"{side}_{first}"],
        PoseLandmark[joint],
        PoseLandmark[f"{side}_{second}"],
    )


class JointAngleOptions(Options):
    """Options of JointAngleCalculator."""

    joint: tuple[JointName, ...] = Field((), description="joints of a pose, by name")
    landmarks: tuple[tuple[_Row, _Row, _Row], ...] = Field(
        (), description="joints by the rows of an end, the joint and the other end"
    )
    min_visibility: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="a joint counts if its three landmarks are at least so visible, or don't say",
    )

    @model_validator(mode="after")
    def _check(self) -> JointAngleOptions:
        if not (self.joint or self.landmarks):
            raise ValueError("found no joint; expected at least one, as joint or as landmarks")
        return self

    def triples(self) -> list[tuple[int, int, int]]:
        """Return the rows of all joints."""
        return [*(joint_triple(each) for each in self.joint), *self.landmarks]


@register
class JointAngleCalculator(Calculator[JointAngleOptions]):
    """Measure the angle at a joint, or the mean over several joints.

    Timing: one angle for each list of landmarks in which a joint can be seen; otherwise the time is
    settled without one.

    Ports: world landmarks, since an angle in space does not depend on where the camera stands.

    Options: joint (names such as LEFT_KNEE), landmarks (rows of an end, the joint and the other
    end), min_visibility (0.5). At least one joint must be given.

    Example:
        ```yaml
        input_stream: [pose_world_landmarks]
        output_stream: [knee_angle]
        node:
          - calculator: JointAngleCalculator
            input_stream: ["WORLD_LANDMARKS:pose_world_landmarks"]
            output_stream: ["ANGLE:knee_angle"]
            options: {joint: [LEFT_KNEE, RIGHT_KNEE]}
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(Port("WORLD_LANDMARKS", WorldLandmarks, doc="(N, 5), metres, with visibility"),),
        outputs=(Port("ANGLE", float, doc="degrees: 0 folded, 180 straight"),),
        options=JointAngleOptions,
    )

    def open(self, context: Context) -> None:
        """Look the joints up."""
        self._triples = self.options.triples()

    def process(self, context: Context) -> None:
        """Measure one body.

        Raises:
            ValueError: there are fewer landmarks than the joints need.
        """
        landmarks = context.inputs["WORLD_LANDMARKS"]
        if landmarks.is_empty:
            return
        angles = joint_angles_deg(landmarks.value, self._triples)
        visibility = landmarks.value[self._triples, _VISIBILITY]  # (J, 3)
        # NaN compares false: landmarks that don't say whether they are visible count.
        is_hidden = np.any(visibility < self.options.min_visibility, axis=1)
        seen = angles[~is_hidden & np.isfinite(angles)]
        if seen.size:
            context.outputs["ANGLE"].emit(float(np.mean(seen)))
