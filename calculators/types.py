"""Payload types: what travels between calculators, with shapes, units and spaces.

Arrays are named with ``NewType``: no wrapper at run time, a distinct type for the checker and
for the contract. Records are frozen dataclasses. Payloads are shared between nodes, so nobody
writes into one that was received.

Spaces: *normalised* coordinates have 1.0 at the image's width or height and may leave [0, 1];
*pixel* coordinates have integer values at pixel centres.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple, NewType

import numpy as np
import numpy.typing as npt

from graphflow.words.quick_dataclass import dataclass

FloatArray = npt.NDArray[np.float32]

RgbImage = NewType("RgbImage", npt.NDArray[np.uint8])
"""(H, W, 3) uint8, channels red, green, blue."""

Mask = NewType("Mask", npt.NDArray[np.float32])
"""(H, W) float32 in [0, 1]; 1 is the subject."""

Tensor = NewType("Tensor", npt.NDArray[np.float32])
"""float32 array of any shape: one input or output of a model."""

Tensors = NewType("Tensors", tuple[Tensor, ...])
"""The inputs or outputs of one model run, in the model's order."""

LetterboxPadding = NewType("LetterboxPadding", npt.NDArray[np.float32])
"""(4,) float32: left, top, right, bottom, each as a fraction of the padded image."""

Matrix4 = NewType("Matrix4", npt.NDArray[np.float32])
"""(4, 4) float32 affine transform of column vectors (x, y, z, 1), row-major."""

Anchors = NewType("Anchors", npt.NDArray[np.float32])
"""(N, 4) float32: x_center, y_center, width, height; normalised to the model input."""

NormalizedRect = NewType("NormalizedRect", npt.NDArray[np.float32])
"""(5,) float32: x_center, y_center, width, height (normalised), rotation in radians.

Rotation is clockwise on screen, in [-pi, pi); it acts about the centre, in pixels.
"""

NormalizedLandmarks = NewType("NormalizedLandmarks", npt.NDArray[np.float32])
"""(N, 5) float32: x, y, z (normalised; z in units of the width), visibility, presence.

Visibility and presence are in [0, 1], or NaN where the model does not provide them.
"""

WorldLandmarks = NewType("WorldLandmarks", npt.NDArray[np.float32])
"""(N, 5) float32: x, y, z in metres from the mid-hip, visibility, presence (NaN as above)."""


class ImageSize(NamedTuple):
    """Size of an image in pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class VideoHeader:
    """What is known about a video before its first frame.

    Attributes:
        width: Frame width in pixels, after rotation.
        height: Frame height in pixels, after rotation.
        frame_rate: Average frames per second; ``None`` when the container does not say.
        frame_count: Number of frames; ``None`` when the container does not say.
        duration_us: Length in microseconds; ``None`` when the container does not say.
    """

    width: int
    height: int
    frame_rate: Fraction | None
    frame_count: int | None
    duration_us: int | None


@dataclass(frozen=True, eq=False)
class Detection:
    """One detected object.

    Attributes:
        score: Confidence in [0, 1].
        box: (4,) float32: xmin, ymin, width, height; normalised.
        keypoints: (K, 2) float32: x, y; normalised.
    """

    score: float
    box: FloatArray
    keypoints: FloatArray


@dataclass(frozen=True, eq=False)
class Detections:
    """A batch of N detections, as columns.

    Attributes:
        scores: (N,) float32 in [0, 1].
        boxes: (N, 4) float32: xmin, ymin, width, height; normalised.
        keypoints: (N, K, 2) float32: x, y; normalised; K may be 0.
    """

    scores: FloatArray
    boxes: FloatArray
    keypoints: FloatArray

    def __post_init__(self) -> None:
        """Check that the three columns describe the same number of detections.

        Raises:
            ValueError: The shapes disagree; the message gives all three.
        """
        count = self.scores.shape[0] if self.scores.ndim == 1 else -1
        is_consistent = (
            self.boxes.shape == (count, 4)
            and self.keypoints.ndim == 3
            and self.keypoints.shape[0] == count
            and self.keypoints.shape[2] == 2
        )
        if not is_consistent:
            raise ValueError(
                f"found scores {self.scores.shape}, boxes {self.boxes.shape}, keypoints "
                f"{self.keypoints.shape}; expected (N,), (N, 4) and (N, K, 2)"
            )

    def __len__(self) -> int:
        """Return the number of detections."""
        return int(self.scores.shape[0])

    def detection(self, index: int) -> Detection:
        """Return detection ``index`` on its own (views, not copies)."""
        return Detection(float(self.scores[index]), self.boxes[index], self.keypoints[index])


PoseEventKind = Literal["presence", "too_far", "head_out_of_frame", "several_people", "poor_light"]
"""What begins or ends: that a body is there, or that something makes its pose less sure."""


@dataclass(frozen=True)
class PoseEvent:
    """Something began or ended; it came to light at the time of the packet.

    Attributes:
        kind: what.
        phase: which of both.
        since_us: the time of the first frame that showed it; packet time, microseconds.
        lasted_us: of an end, how long it had lasted: from the `since_us` of its begin to this one;
            None of a begin.
        measure: what was measured: an attribute of PoseQuality; None of presence.
        value: what it was then; None of presence, and where it can't be told any more.
        threshold: the limit that it was held against; None of presence.
        is_cut: whether it did not end: the run did.
    """

    kind: PoseEventKind
    phase: Literal["begin", "end"]
    since_us: int
    lasted_us: int | None = None
    measure: str | None = None
    value: float | None = None
    threshold: float | None = None
    is_cut: bool = False


PoseEvents = NewType("PoseEvents", tuple[PoseEvent, ...])
"""What came to light at one time; never empty."""


@dataclass(frozen=True)
class PoseQuality:
    """How well a picture suits the tracking of a pose, measured in one frame.

    Attributes:
        luma: mean luma of the body's box, of the whole picture where there is no body; 0 to 255.
        contrast: standard deviation of the luma there; 0 to 127.5.
        body_size: size of the body as a share of the picture's longer side; None without a body.
        head_seen: how many of nose, eyes and ears are inside the picture and visible, 0 to 1;
            None without a body.
        people: how many people the detector found; None where it did not run.
    """

    luma: float
    contrast: float
    body_size: float | None = None
    head_seen: float | None = None
    people: int | None = None
