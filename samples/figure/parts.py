"""A part of the body: a shape in a frame of its own, with paint on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from samples.figure.sdf import Floats, Shape
from samples.figure.skeleton import Frame

Paint = Callable[[Floats], Floats]

SKIN = (0.72, 0.43, 0.30)
HAIR = (0.060, 0.032, 0.018)


@dataclass(frozen=True, eq=False)
class Part:
    """One piece of the figure. The figure is the plain union of its parts.

    Attributes:
        name: for people.
        frame: where the shape's coordinates live.
        shape: the distance field, in the frame.
        paint: (3, N) points of the frame to (3, N) linear RGB reflectances in [0, 1].
        gloss: strength of the highlight, 0 for cloth.
    """

    name: str
    frame: Frame
    shape: Shape
    paint: Paint
    gloss: float = 0.0


def plain(colour: tuple[float, float, float], points: Floats) -> Floats:
    """One colour everywhere; (3, N)."""
    return np.repeat(np.array(colour, np.float32)[:, None], points.shape[1], axis=1)


def mix(base: Floats, colour: tuple[float, float, float], amount: Floats) -> Floats:
    """Lay a colour over (3, N) others; amount (N,) in [0, 1]."""
    return np.asarray(base + (np.array(colour, np.float32)[:, None] - base) * amount, np.float32)


def inside(edge: Floats, softness: float) -> Floats:
    """Turn a signed distance to a painted edge, negative inside, into a soft mask in [0, 1]."""
    return np.asarray(np.clip(0.5 - edge / np.float32(softness), 0, 1), np.float32)


def spot(
    points: Floats, x: float, y: float, x_radius: float, y_radius: float, softness: float = 0.002
) -> Floats:
    """Soft mask (N,) of an ellipse in the x, y plane, seen along z."""
    level = np.hypot((points[0] - x) / np.float32(x_radius), (points[1] - y) / np.float32(y_radius))
    return inside((level - 1) * np.float32(min(x_radius, y_radius)), softness)
