"""Things that stand between the figure and the camera."""

from __future__ import annotations

from functools import partial

import numpy as np

from samples.figure.camera import Camera
from samples.figure.parts import Part, plain
from samples.figure.sdf import Ellipsoid, Floats, RoundCone, vector
from samples.figure.skeleton import Frame

NOTHING = "nothing"
POST = "post"
HEDGE = "hedge"
COVERS = (NOTHING, NOTHING, POST, HEDGE)
"""What may stand there; half of the time nothing."""

_NEARER = 0.22  # of the way from the figure to the camera
_POST = (0.30, 0.28, 0.25)
_HEDGE = (0.05, 0.13, 0.04)


def cover(kind: str, camera: Camera, aside_m: float, height_m: float) -> list[Part]:
    """Return what covers a part of the figure.

    Args:
        kind: one of COVERS.
        camera: that looks at the figure, which stands at the origin.
        aside_m: how far right of the line from the camera to the figure it stands.
        height_m: of a hedge.
    """
    if kind == NOTHING:
        return []
    right = camera.axes()[0]
    foot = camera.position * np.float32(_NEARER) + right * np.float32(aside_m)
    foot[1] = 0.0
    frame = Frame(foot, np.stack([right, vector(0, 1, 0), np.cross(right, vector(0, 1, 0))], 1))
    if kind == POST:
        post = RoundCone(vector(0, 0, 0), vector(0, 2.6, 0), 0.055, 0.05)
        return [Part(POST, frame, post, partial(plain, _POST), gloss=0.05)]
    hedge = Ellipsoid(vector(0, 0, 0), vector(1.1, height_m, 0.2))
    return [Part(HEDGE, frame, hedge, _paint_hedge)]


def _paint_hedge(points: Floats) -> Floats:
    """Leaves of two greens; (3, N)."""
    x, y, z = points
    leaves = np.sin(61 * x + 5 * np.sin(37 * y)) * np.sin(53 * y + 4 * np.sin(41 * z + 29 * x))
    return np.asarray(plain(_HEDGE, points) * (1 + np.float32(0.45) * leaves), np.float32)
