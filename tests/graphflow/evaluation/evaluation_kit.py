"""Poses, samples and answers for tests of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphflow.evaluation.samples import COCO_ROWS, JOINTS, Answer, Sample, Scored, Truth

TORSO_PX = 100.0
"""Torso radius of the standing figure."""

SKELETON = {
    "NOSE": (200, 60),
    "LEFT_EYE": (206, 54),
    "RIGHT_EYE": (194, 54),
    "LEFT_EAR": (214, 58),
    "RIGHT_EAR": (186, 58),
    "LEFT_SHOULDER": (235, 100),
    "RIGHT_SHOULDER": (165, 100),
    "LEFT_ELBOW": (250, 150),
    "RIGHT_ELBOW": (150, 150),
    "LEFT_WRIST": (255, 200),
    "RIGHT_WRIST": (145, 200),
    "LEFT_HIP": (220, 200),
    "RIGHT_HIP": (180, 200),
    "LEFT_KNEE": (222, 285),
    "RIGHT_KNEE": (178, 285),
    "LEFT_ANKLE": (224, 370),
    "RIGHT_ANKLE": (176, 370),
}


def places() -> np.ndarray[Any, np.dtype[np.float64]]:
    """A standing figure in a picture of 400 by 400 pixels; NaN where COCO has no joint."""
    found = np.full((33, 2), np.nan)
    for name, place in SKELETON.items():
        found[JOINTS.index(name)] = place
    return found


def truth(
    *,
    hidden: Sequence[str] = (),
    unlabelled: Sequence[str] = (),
    area_px2: float | None = None,
    world_m: Any = None,
) -> Truth:
    """The standing figure with COCO's joints labelled."""
    xy_px = places()
    for name in unlabelled:
        xy_px[JOINTS.index(name)] = np.nan
    is_labelled = np.isfinite(xy_px).all(axis=1)
    is_visible = is_labelled.copy()
    for name in hidden:
        is_visible[JOINTS.index(name)] = False
    return Truth(xy_px, is_visible, is_labelled, area_px2, world_m)


def answer(
    true: Truth, *, moved: Mapping[str, tuple[float, float]] | None = None, shift: Any = (0.0, 0.0)
) -> Answer:
    """The true pose, its visibility right, with some joints moved, and all shifted, by pixels."""
    xy_px = np.nan_to_num(true.xy_px) + np.asarray(shift, np.float64)
    for name, offset in (moved or {}).items():
        xy_px[JOINTS.index(name)] += offset
    return Answer(xy_px, np.where(true.is_visible, 0.9, 0.1))


def sample(
    true: Truth | None,
    name: str = "picture.jpg",
    *,
    groups: Mapping[str, str] | None = None,
    clip: str | None = None,
    timestamp_us: int | None = None,
) -> Sample:
    """A picture, or a frame of a clip."""
    return Sample(
        name=name,
        place="truth.json:1",
        source=Path(clip or name),
        timestamp_us=timestamp_us,
        clip=clip,
        size_px=(400, 400),
        groups=groups or {},
        truth=true,
    )


def scored(true: Truth | None, found: Answer | None, name: str = "picture.jpg") -> Scored:
    """A sample of that name with what was found in it."""
    return Scored(sample(true, name), found)


def wrong_joints(count: int) -> dict[str, tuple[float, float]]:
    """Moves that put so many of COCO's joints far away."""
    return {JOINTS[row]: (150.0, 0.0) for row in COCO_ROWS[:count]}
