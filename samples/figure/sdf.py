"""Signed distance functions: shapes that tell how far away their surface is.

Points are columns: arrays of shape (3, N), float32, metres. Distances are (N,) float32, negative
inside. Every shape gives an axis-aligned box that contains it, which is what makes tracing cheap.

The formulas of the smooth union and of the ellipsoid bound are Inigo Quilez's, from his articles on
distance functions; the round cone is derived in its docstring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def vector(x: float, y: float, z: float) -> Floats:
    """Make a (3,) float32 vector."""
    return np.array([x, y, z], np.float32)


def norm(vectors: Floats) -> Floats:
    """Length of each column of a (3, N) array, or of one (3,) vector."""
    return np.sqrt(dot(vectors, vectors))


def dot(a: Floats, b: Floats) -> Floats:
    """Scalar product, column by column; either side may be one (3,) vector."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], np.float32)


class Shape(Protocol):
    """Anything with a surface."""

    def distance(self, points: Floats) -> Floats:
        """Signed distance of (3, N) points, or a bound below it in magnitude; (N,)."""
        ...

    def box(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner, (3,) each, of a box that contains the shape."""
        ...


@dataclass(frozen=True, eq=False)
class RoundCone:
    """The union of all balls between two balls: a limb that tapers.

    With s along the axis, q away from it and l its length, the ball at fraction h is at distance
    sqrt(q^2 + (s - h l)^2) - r(h). Its derivative in h vanishes at h = (s - q tan a) / l, where
    sin a = (r_start - r_end) / l. Clamped to [0, 1] that is the nearest ball, hence exact.

    Attributes:
        start: (3,) centre of the first ball, metres.
        end: (3,) centre of the last ball, metres; further from `start` than the radii differ.
        start_radius: metres, > 0.
        end_radius: metres, > 0.
    """

    start: Floats
    end: Floats
    start_radius: float
    end_radius: float

    def distance(self, points: Floats) -> Floats:
        """Exact signed distance of (3, N) points; (N,)."""
        axis = self.end - self.start
        length = float(norm(axis))
        axis = axis / np.float32(length)
        taper = self.start_radius - self.end_radius
        slope = np.float32(taper / np.sqrt(max(length**2 - taper**2, 1e-12)))
        offset = points - self.start[:, None]
        along = dot(offset, axis)
        away = np.sqrt(np.maximum(dot(offset, offset) - along * along, 0))
        nearest = np.clip(along - away * slope, 0, np.float32(length))
        gap = along - nearest
        radius = np.float32(self.start_radius) - nearest * np.float32(taper / length)
        return np.asarray(np.sqrt(away * away + gap * gap) - radius, np.float32)

    def box(self) -> tuple[Floats, Floats]:
        """Box around both balls."""
        first, last = np.float32(self.start_radius), np.float32(self.end_radius)
        low = np.minimum(self.start - first, self.end - last)
        return low, np.maximum(self.start + first, self.end + last)


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid along the axes; zero on its surface, elsewhere a first-order estimate.

    Attributes:
        centre: (3,) metres.
        radii: (3,) metres, all > 0.
    """

    centre: Floats
    radii: Floats

    def distance(self, points: Floats) -> Floats:
        """Signed distance estimate of (3, N) points; exact for a sphere; (N,)."""
        scaled = (points - self.centre[:, None]) / self.radii[:, None]
        level = norm(scaled)
        steepness = norm(scaled / self.radii[:, None])
        estimate = level * (level - 1) / np.maximum(steepness, np.float32(1e-6))
        at_centre = -np.min(self.radii)
        return np.asarray(np.where(level < 1e-3, at_centre, estimate), np.float32)

    def box(self) -> tuple[Floats, Floats]:
        """The tight box."""
        return self.centre - self.radii, self.centre + self.radii


def smooth_minimum(a: Floats, b: Floats, width: float) -> Floats:
    """Join two distances with a fillet.

    Args:
        a: (N,) distances.
        b: (N,) distances.
        width: the surfaces blend where the distances differ by less than this, metres, > 0.

    Returns:
        (N,) at most min(a, b), and less by at most width / 4.
    """
    overlap = np.maximum(np.float32(width) - np.abs(a - b), 0)
    return np.asarray(np.minimum(a, b) - overlap * overlap * np.float32(0.25 / width), np.float32)


@dataclass(frozen=True, eq=False)
class SmoothUnion:
    """Shapes melted together in order, each with its own blend width.

    Attributes:
        members: (shape, width in metres) in order; the first width is not used.
    """

    members: tuple[tuple[Shape, float], ...]

    def distance(self, points: Floats) -> Floats:
        """Distance of (3, N) points to the blended surface; (N,)."""
        result = self.members[0][0].distance(points)
        for shape, width in self.members[1:]:
            result = smooth_minimum(result, shape.distance(points), width)
        return result

    def box(self) -> tuple[Floats, Floats]:
        """Box around all members and the bulge of their fillets."""
        corners = [shape.box() for shape, _ in self.members]
        bulge = np.float32(sum(width for _, width in self.members[1:]) / 4)
        low = np.min([corner for corner, _ in corners], axis=0) - bulge
        return low, np.max([corner for _, corner in corners], axis=0) + bulge


@dataclass(frozen=True, eq=False)
class Cut:
    """The piece of a shape on one side of a plane, with a rounded edge.

    Attributes:
        shape: what is cut.
        through: (3,) a point of the plane, metres.
        normal: (3,) unit vector towards the side that is thrown away.
        rounding: width of the rounded edge, metres, > 0.
    """

    shape: Shape
    through: Floats
    normal: Floats
    rounding: float

    def distance(self, points: Floats) -> Floats:
        """Distance of (3, N) points to the piece that stays; (N,)."""
        above = dot(points - self.through[:, None], self.normal)
        return -smooth_minimum(-self.shape.distance(points), -above, self.rounding)

    def box(self) -> tuple[Floats, Floats]:
        """Box of the whole shape: the piece is inside it."""
        return self.shape.box()
