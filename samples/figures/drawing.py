"""Chance chooses what a picture shows; the same seed and number choose the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from samples.figure.body import body_parts
from samples.figure.camera import POSITION, TARGET, Camera
from samples.figure.light import DAYLIGHT, Light, colour, direction
from samples.figure.render import Scene
from samples.figure.sdf import vector
from samples.figure.skeleton import Skeleton
from samples.figures.covers import COVERS, cover
from samples.figures.poses import POSES, skeleton_of, varied
from samples.figures.wardrobe import CLOTHES, SKINS, dressed

DISTANCE_M = float(POSITION[2])

FACINGS: dict[str, tuple[float, float]] = {
    "front": (-20.0, 20.0),
    "left": (45.0, 100.0),
    "right": (-100.0, -45.0),
    "back": (155.0, 205.0),
}
"""Degrees by which the figure is turned, by name: a range."""

HEIGHTS: dict[str, float] = {"low": 0.5, "level": 1.2, "high": 2.9}
"""Metres of the camera above the floor, by name."""

SIZES: dict[str, float] = {"small": 0.5, "middle": 0.75, "large": 0.98}
"""Factor on the focal length; at 1, 2.42 m fill the picture's height."""

LIGHTS: dict[str, Light] = {
    "day": DAYLIGHT,
    "from the left": Light(
        key_direction=direction(-0.95, 0.30, 0.15),
        rim_direction=DAYLIGHT.rim_direction,
        key=colour(1.7, 1.55, 1.35),
        sky=colour(0.25, 0.27, 0.32),
        bounce=colour(0.14, 0.11, 0.09),
        rim=colour(0.05, 0.06, 0.08),
        room=colour(0.7, 0.68, 0.64),
    ),
    "from behind": Light(
        key_direction=direction(0.35, 0.55, -0.75),
        rim_direction=direction(-0.6, 0.5, -0.6),
        key=colour(1.9, 1.8, 1.6),
        sky=colour(0.22, 0.24, 0.28),
        bounce=colour(0.12, 0.10, 0.08),
        rim=colour(0.5, 0.5, 0.5),
        room=colour(1.25, 1.25, 1.25),
    ),
    "dusk": Light(
        key_direction=DAYLIGHT.key_direction,
        rim_direction=DAYLIGHT.rim_direction,
        key=colour(0.9, 0.75, 0.6),
        sky=colour(0.5, 0.6, 0.8),
        bounce=DAYLIGHT.bounce,
        rim=DAYLIGHT.rim,
        room=colour(0.75, 0.8, 1.0),
        exposure=0.12,
    ),
}
"""By name."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a picture shows.

    Attributes:
        groups: column to value, for grouping.
        skeleton: the figure's.
        scene: the figure, dressed, and what covers it, as the camera sees it.
    """

    groups: dict[str, str]
    skeleton: Skeleton
    scene: Scene


def draw(seed: int, number: int, width_px: int, height_px: int) -> Drawn:
    """Choose what one picture shows.

    Poses take turns, so that all are there; everything else is chosen by chance.

    Args:
        seed: of the whole set.
        number: of the picture, from 0.
        width_px: of the picture.
        height_px: of the picture.
    """
    generator = np.random.default_rng((seed, number))
    groups = {
        "pose": list(POSES)[number % len(POSES)],
        "facing": _one_of(generator, FACINGS),
        "camera": _one_of(generator, HEIGHTS),
        "size": _one_of(generator, SIZES),
        "light": _one_of(generator, LIGHTS),
        "skin": _one_of(generator, SKINS),
        "clothes": _one_of(generator, CLOTHES),
        "cover": COVERS[int(generator.integers(len(COVERS)))],
    }
    yaw_rad = math.radians(generator.uniform(*FACINGS[groups["facing"]]))
    skeleton = skeleton_of(varied(POSES[groups["pose"]], generator), yaw_rad)
    camera = _camera(groups, generator, width_px, height_px)
    sideways_m = float(generator.uniform(-0.12, 0.12))
    height_m = float(generator.uniform(0.45, 0.8))
    covers = cover(groups["cover"], camera, sideways_m, height_m)
    parts = dressed(body_parts(skeleton), groups["skin"], groups["clothes"])
    return Drawn(groups, skeleton, Scene([*parts, *covers], camera, LIGHTS[groups["light"]]))


def _one_of(generator: np.random.Generator, names: Mapping[str, object]) -> str:
    return list(names)[int(generator.integers(len(names)))]


def _camera(
    groups: dict[str, str], generator: np.random.Generator, width_px: int, height_px: int
) -> Camera:
    zoom = SIZES[groups["size"]]
    # The smaller the figure, the more room there is to stand out of the middle.
    room_m = 1.21 * (1 / zoom - 1) * 0.7
    target = TARGET + vector(
        float(generator.uniform(-room_m, room_m)) * width_px / height_px,
        float(generator.uniform(-room_m, room_m)) * 0.5,
        0.0,
    )
    position = vector(float(generator.uniform(-0.4, 0.4)), HEIGHTS[groups["camera"]], DISTANCE_M)
    return Camera(
        width_px,
        height_px,
        position=position,
        target=np.asarray(target, np.float32),
        zoom=zoom,
        roll_rad=math.radians(generator.normal(0.0, 4.0)),
    )
