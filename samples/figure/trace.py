"""Marching rays through parts: where they hit, what shades them, how enclosed a point is.

The figure is the plain union of its parts, so every part is marched alone, in its own frame, by
the few rays that meet its box; the nearest hit wins. That is exact and far cheaper than marching
the whole field.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from samples.figure.parts import Part
from samples.figure.sdf import Floats, norm

HIT_M = np.float32(0.0008)
MARCH_STEPS = 56
SHADOW_STEPS = 18
# Penumbra of the main light: its half angle is about 1 / 9.
SHADOW_SHARPNESS = np.float32(9.0)
SHADOW_MARGIN_M = 0.10
STEP_SCALE = np.float32(0.92)  # the ellipsoid's distance is only an estimate

Indices = npt.NDArray[np.intp]


def _crossing(
    low: Floats, high: Floats, origins: Floats, directions: Floats
) -> tuple[Floats, Floats]:
    """Where rays enter and leave a box, as distances along the rays; no hit if enter > leave."""
    tiny = np.where(np.abs(directions) < 1e-9, np.float32(1e-9), directions)
    first = (low[:, None] - origins) / tiny
    second = (high[:, None] - origins) / tiny
    enter = np.max(np.minimum(first, second), axis=0)
    leave = np.min(np.maximum(first, second), axis=0)
    return np.maximum(enter, 0), leave


def march(part: Part, origins: Floats, directions: Floats, limits: Floats) -> Floats:
    """Find where rays first meet one part.

    Args:
        part: what to hit.
        origins: (3, 1) or (3, N) world positions, metres.
        directions: (3, N) unit vectors.
        limits: (N,) farther hits do not count.

    Returns:
        (N,) distance along each ray, inf where nothing is hit.
    """
    hits = np.full(directions.shape[1], np.inf, np.float32)
    local_origins = part.frame.turn_to_local(origins - part.frame.origin[:, None])
    local = part.frame.turn_to_local(directions)
    low, high = part.shape.box()
    enter, leave = _crossing(low, high, local_origins, local)
    active: Indices = np.flatnonzero((enter <= leave) & (enter < limits))
    starts = np.broadcast_to(local_origins, local.shape)[:, active]
    aims, reached = local[:, active], enter[active]
    ends = np.minimum(leave, limits)[active]
    for step in range(MARCH_STEPS):
        distance = part.shape.distance(starts + aims * reached)
        close = distance < (HIT_M if step < MARCH_STEPS - 1 else 4 * HIT_M)
        hits[active[close]] = reached[close]
        reached = reached + distance * STEP_SCALE
        going = ~close & (reached < ends)
        active, reached, ends = active[going], reached[going], ends[going]
        starts, aims = starts[:, going], aims[:, going]
        if active.size == 0:
            break
    return hits


def nearest_hits(
    parts: Sequence[Part], origin: Floats, directions: Floats, limits: Floats
) -> tuple[Floats, Indices]:
    """Distance (N,) to the nearest part along each ray and its index; inf and -1 for none."""
    depth = limits.copy()
    owner = np.full(depth.shape, -1, np.intp)
    for index, part in enumerate(parts):
        hits = march(part, origin[:, None], directions, depth)
        closer = hits < depth
        depth[closer] = hits[closer]
        owner[closer] = index
    return np.where(owner >= 0, depth, np.float32(np.inf)), owner


def normals(part: Part, points: Floats) -> Floats:
    """Outward unit normals, in the world, at (3, N) world points on a part's surface."""
    local = part.frame.turn_to_local(points - part.frame.origin[:, None])
    gradient = np.zeros_like(local)
    # Four corners of a tetrahedron: the cheapest symmetric difference.
    for corner in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)):
        offset = np.array(corner, np.float32)[:, None]
        gradient += offset * part.shape.distance(local + offset * np.float32(0.0012))
    gradient /= np.maximum(norm(gradient), np.float32(1e-12))
    return part.frame.turn_to_world(gradient)


def light_reaching(parts: Sequence[Part], points: Floats, towards_light: Floats) -> Floats:
    """Share of a distant soft light that reaches points past the figure.

    Args:
        parts: what casts the shadow.
        points: (3, N) world positions, just off their surface.
        towards_light: (3,) unit vector.

    Returns:
        (N,) from 0, dark, to 1, free.
    """
    free = np.ones(points.shape[1], np.float32)
    for part in parts:
        low, high = part.shape.box()
        margin = np.float32(SHADOW_MARGIN_M)
        local = part.frame.turn_to_local(points - part.frame.origin[:, None])
        aim = part.frame.turn_to_local(towards_light[:, None])
        enter, leave = _crossing(low - margin, high + margin, local, aim)
        active: Indices = np.flatnonzero((enter <= leave) & (free > 0.01))
        starts, reached, ends = local[:, active], enter[active] + 0.012, leave[active]
        for _ in range(SHADOW_STEPS):
            distance = part.shape.distance(starts + aim * reached)
            passing = np.clip(0.5 + 0.5 * SHADOW_SHARPNESS * distance / reached, 0, 1)
            free[active] = np.minimum(free[active], passing)
            reached = reached + np.maximum(distance, np.float32(0.012))
            going = (reached < ends) & (passing > 0.01)
            active, starts = active[going], starts[:, going]
            reached, ends = reached[going], ends[going]
            if active.size == 0:
                break
    return free * free * (3 - 2 * free)


def openness(parts: Sequence[Part], points: Floats, directions: Floats) -> Floats:
    """How little of the figure surrounds points: a cheap ambient occlusion.

    Args:
        parts: what may enclose.
        points: (3, N) world positions on surfaces.
        directions: (3, N) unit normals there.

    Returns:
        (N,) from 0, enclosed, to 1, open.
    """
    closed = np.zeros(points.shape[1], np.float32)
    for reach, weight in ((0.025, 0.22), (0.07, 0.36), (0.16, 0.42)):
        probes = points + directions * np.float32(reach)
        distance = np.full(closed.shape, reach, np.float32)
        for part in parts:
            low, high = part.shape.box()
            local = part.frame.turn_to_local(probes - part.frame.origin[:, None])
            margin = np.float32(reach)
            near = np.all((local > (low - margin)[:, None]) & (local < (high + margin)[:, None]), 0)
            index = np.flatnonzero(near)
            if index.size:
                own = part.shape.distance(local[:, index])
                distance[index] = np.minimum(distance[index], own)
        closed += np.float32(weight) * (1 - np.clip(distance / np.float32(reach), 0, 1))
    return np.clip(1 - closed, 0, 1)
