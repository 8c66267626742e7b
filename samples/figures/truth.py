"""What of a figure a camera sees, and the record of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import PoseLandmark
from samples.figure.camera import Camera
from samples.figure.render import FAR_M
from samples.figure.skeleton import Skeleton
from samples.figure.trace import nearest_hits
from samples.figures.drawing import Drawn
from samples.figures.landmarks import landmarks_m

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

THICKNESS_M = {
    "EYE": 0.025,
    "EAR": 0.03,
    "MOUTH": 0.025,
    "NOSE": 0.025,
    "SHOULDER": 0.10,
    "ELBOW": 0.06,
    "WRIST": 0.05,
    "PINKY": 0.035,
    "INDEX": 0.035,
    "THUMB": 0.035,
    "HIP": 0.145,
    "KNEE": 0.08,
    "ANKLE": 0.075,
    "HEEL": 0.06,
    "FOOT": 0.055,
}
"""How deep below the surface a joint lies at most, where nothing covers it, by part of its name."""


def seen_landmarks(drawn: Drawn, points_m: Doubles) -> Bools:
    """Return which landmarks the camera sees.

    A joint is seen if the ray to it meets nothing, or meets a surface no further before it than the
    body is thick there: then what is seen is the joint's own limb.

    Args:
        drawn: the scene.
        points_m: (33, 3) world positions.

    Returns:
        (33,) bool; joints outside the picture are not seen.
    """
    camera = drawn.scene.camera
    offsets = (points_m - camera.position).T
    distances = np.sqrt((offsets * offsets).sum(axis=0))
    directions = (offsets / distances).astype(np.float32)
    limits = np.full(len(points_m), FAR_M, np.float32)
    depths, _ = nearest_hits(drawn.scene.parts, camera.position, directions, limits)
    thickness = np.array([_thickness_m(each.name) for each in PoseLandmark])
    is_uncovered: Bools = depths > distances - thickness
    return is_uncovered & inside_picture(pixels_of(camera, points_m), camera)


def pixels_of(camera: Camera, points_m: Doubles) -> Doubles:
    """Project (N, 3) world points to (N, 2) pixels."""
    return np.asarray(camera.project(points_m.T).T, np.float64)


def inside_picture(points_px: Doubles, camera: Camera) -> Bools:
    """Tell which (N, 2) pixels are in the picture; (N,)."""
    last = np.array([camera.width_px - 1, camera.height_px - 1])
    return np.asarray(((points_px >= 0) & (points_px <= last)).all(axis=1), np.bool_)


def seen_from(camera: Camera, skeleton: Skeleton, points_m: Doubles) -> Doubles:
    """Return (N, 3) points as world landmarks have them.

    Metres from the middle of the hips, x to the right of the picture, y down, z away from the
    camera.
    """
    offsets = points_m - np.asarray(skeleton.pelvis.origin, np.float64)
    right, up, forward = camera.axes().astype(np.float64) @ offsets.T
    return np.stack([right, -up, forward], axis=1)


def record_of(drawn: Drawn, picture: str) -> dict[str, Any]:
    """Return the line of a data set for a picture, as `graphflow eval` reads it.

    Landmarks are x, y, z, visibility: normalised as `graphflow run` writes them, visibility 1 for
    seen and 0 for hidden; a joint outside the picture is null.
    """
    camera = drawn.scene.camera
    points_m = landmarks_m(drawn.skeleton)
    points_px = pixels_of(camera, points_m)
    is_inside = inside_picture(points_px, camera)
    is_seen = seen_landmarks(drawn, points_m)
    world_m = np.round(seen_from(camera, drawn.skeleton, points_m), 4)
    size = (camera.width_px, camera.height_px)
    normalized = np.round(points_px / size, 5)
    landmarks = [
        [*point, 0.0, float(seen)] if inside else None
        for point, seen, inside in zip(normalized.tolist(), is_seen, is_inside, strict=True)
    ]
    return {
        "image": picture,
        "width": size[0],
        "height": size[1],
        **drawn.groups,
        "pose_landmarks": landmarks,
        "pose_world_landmarks": world_m.tolist(),
    }


def _thickness_m(name: str) -> float:
    return next(value for part, value in THICKNESS_M.items() if part in name)
