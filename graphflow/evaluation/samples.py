"""What an evaluation compares: pictures with their true joints, and what a graph found in them.

Coordinates are pixels of the picture as it is shown, x to the right, y down, with integer values at
pixel centres, as the graphs have them: a normalised coordinate times the width or the height.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import PoseLandmark

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

JOINTS: Final = tuple(each.name for each in PoseLandmark)
"""The 33 names, in the order of all rows here."""

JOINT_COUNT: Final = len(JOINTS)

COCO_ROWS: Final = tuple(
    int(PoseLandmark[name])
    for name in (
        "NOSE",
        "LEFT_EYE",
        "RIGHT_EYE",
        "LEFT_EAR",
        "RIGHT_EAR",
        "LEFT_SHOULDER",
        "RIGHT_SHOULDER",
        "LEFT_ELBOW",
        "RIGHT_ELBOW",
        "LEFT_WRIST",
        "RIGHT_WRIST",
        "LEFT_HIP",
        "RIGHT_HIP",
        "LEFT_KNEE",
        "RIGHT_KNEE",
        "LEFT_ANKLE",
        "RIGHT_ANKLE",
    )
)
"""Row among the 33 of each of COCO's 17 key points, in COCO's order; the other 16 COCO has not."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Where the joints of the one person to find are.

    Attributes:
        xy_px: (33, 2) float64; NaN where a joint is not labelled.
        is_visible: (33,) bool; labelled and seen (COCO's v = 2).
        is_labelled: (33,) bool; seen or hidden (COCO's v = 2 or 1).
        area_px2: of the person, as COCO has it (for object similarity); None where nobody says.
        world_m: (33, 3) float64, metres, axes as the graph's world landmarks, NaN where not known;
            None where there is no 3-D truth.
    """

    xy_px: FloatArray
    is_visible: BoolArray
    is_labelled: BoolArray
    area_px2: float | None = None
    world_m: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the shapes, and that what is labelled has a place.

        Raises:
            ValueError: a shape is another, or a labelled joint is nowhere.
        """
        _check_shape("xy_px", self.xy_px, (JOINT_COUNT, 2))
        _check_shape("is_visible", self.is_visible, (JOINT_COUNT,))
        _check_shape("is_labelled", self.is_labelled, (JOINT_COUNT,))
        if self.world_m is not None:
            _check_shape("world_m", self.world_m, (JOINT_COUNT, 3))
        if np.any(self.is_visible & ~self.is_labelled):
            raise ValueError("a joint is visible that is not labelled")
        lost = self.is_labelled & ~np.isfinite(self.xy_px).all(axis=1)
        if lost.any():
            raise ValueError(f"{JOINTS[int(np.argmax(lost))]} is labelled, but has no place")


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture, or one frame of a clip, of a data set.

    Attributes:
        name: unique in its data set: `picture.jpg`, or `clip.mp4@33367`.
        place: where the data set has it, as `file:line`.
        source: the picture or the clip.
        timestamp_us: of the frame in its clip; None for pictures.
        clip: name of its clip; None for pictures.
        size_px: width and height of the picture.
        groups: value of each column by which results can be grouped.
        truth: None where nobody is in the picture.
    """

    name: str
    place: str
    source: Path
    timestamp_us: int | None
    clip: str | None
    size_px: tuple[int, int]
    groups: Mapping[str, str] = field(default_factory=dict)
    truth: Truth | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """The one pose that a graph found in a picture.

    Attributes:
        xy_px: (33, 2) float64.
        visibility: (33,) float64 in [0, 1].
        world_m: (33, 3) float64, metres from the middle of the hips; None where the graph has none.
    """

    xy_px: FloatArray
    visibility: FloatArray
    world_m: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            ValueError: a shape is another.
        """
        _check_shape("xy_px", self.xy_px, (JOINT_COUNT, 2))
        _check_shape("visibility", self.visibility, (JOINT_COUNT,))
        if self.world_m is not None:
            _check_shape("world_m", self.world_m, (JOINT_COUNT, 3))


@dataclass(frozen=True, eq=False)
class Scored:
    """A sample and what was found in it.

    Attributes:
        sample: the picture and its truth.
        answer: None where nobody was found.
    """

    sample: Sample
    answer: Answer | None


def _check_shape(name: str, array: npt.NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name}: found an array of shape {array.shape}; expected {shape}")
