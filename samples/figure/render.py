"""Light and colour: a skeleton to an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from samples.figure.body import body_parts
from samples.figure.camera import POSITION, Camera
from samples.figure.parts import Part, mix, plain
from samples.figure.sdf import Floats, dot, norm, vector
from samples.figure.skeleton import skeleton_at
from samples.figure.trace import light_reaching, nearest_hits, normals, openness

SAMPLES_PER_SIDE = 2
FAR_M = 12.0  # beyond the wall
WALL_Z_M = -2.3
SKIRTING_M = 0.11
PLANK_M = 0.19

KEY_DIRECTION = vector(-0.42, 0.80, 0.52) / norm(vector(-0.42, 0.80, 0.52))
RIM_DIRECTION = vector(0.80, 0.35, -0.48) / norm(vector(0.80, 0.35, -0.48))
KEY_LIGHT = np.array([[1.55], [1.47], [1.34]], np.float32)
SKY_LIGHT = np.array([[0.60], [0.63], [0.68]], np.float32)
BOUNCE_LIGHT = np.array([[0.30], [0.25], [0.20]], np.float32)
RIM_LIGHT = np.array([[0.16], [0.19], [0.24]], np.float32)
WALL = (0.50, 0.54, 0.53)
WALL_LOW = (0.33, 0.37, 0.375)
SKIRTING = (0.66, 0.66, 0.64)
FLOOR = (0.40, 0.26, 0.155)


def shade(parts: Sequence[Part], part: Part, points: Floats, directions: Floats) -> Floats:
    """Light leaving surface points of one part towards the camera.

    Args:
        parts: the whole figure, which shadows the part.
        part: whose surface it is.
        points: (3, N) world positions on it.
        directions: (3, N) unit directions of the rays that hit them.

    Returns:
        (3, N) linear RGB, >= 0.
    """
    facing = normals(part, points)
    local = part.frame.turn_to_local(points - part.frame.origin[:, None])
    colour = part.paint(local)
    lit = np.clip(dot(facing, KEY_DIRECTION), 0, 1)
    off_surface = points + facing * np.float32(0.006)
    index = np.flatnonzero(lit > 0)
    lit[index] *= light_reaching(parts, off_surface[:, index], KEY_DIRECTION)
    open_sky = openness(parts, points, facing)
    up = 0.5 + 0.5 * facing[1]
    ambient = SKY_LIGHT * (up * open_sky) + BOUNCE_LIGHT * ((1 - up) * open_sky)
    grazing = (1 - np.clip(-dot(facing, directions), 0, 1)) ** 3
    rim = np.clip(dot(facing, RIM_DIRECTION), 0, 1) + 0.4 * grazing
    diffuse = colour * (KEY_LIGHT * lit + ambient + RIM_LIGHT * (rim * open_sky))
    halfway = KEY_DIRECTION[:, None] - directions
    halfway = halfway / norm(halfway)
    highlight = np.clip(dot(facing, halfway), 0, 1) ** 28 * lit
    return np.asarray(diffuse + KEY_LIGHT * (part.gloss * highlight), np.float32)


def paint_floor(points: Floats) -> Floats:
    """Planks that run towards the camera, each of its own shade; (3, N)."""
    x, _, z = points
    row = np.floor(x / np.float32(PLANK_M))
    along = z / np.float32(1.3) + np.float32(0.37) * row
    board = np.floor(along)
    tone = np.sin(12.9898 * row + 78.233 * board) * 43758.547
    tone = tone - np.floor(tone)
    grain = np.sin(160 * x + 3 * np.sin(4.1 * z + row) + 2 * np.sin(1.7 * z))
    colour = plain(FLOOR, points) * (0.88 + 0.22 * tone + 0.03 * grain).astype(np.float32)
    across = np.abs(x / np.float32(PLANK_M) - row - 0.5)
    ends = np.abs(along - board - 0.5)
    gap = np.clip((across - 0.485) / 0.012, 0, 1) + np.clip((ends - 0.498) / 0.002, 0, 1)
    return mix(colour, (0.12, 0.07, 0.04), np.clip(0.55 * gap, 0, 1).astype(np.float32))


def shade_room(parts: Sequence[Part], directions: Floats) -> Floats:
    """Light from the floor and the wall behind the figure.

    Args:
        parts: the figure, which shadows the room.
        directions: (3, N) unit rays from the camera.

    Returns:
        (3, N) linear RGB.
    """
    wall = (np.float32(WALL_Z_M) - POSITION[2]) / directions[2]
    down = np.minimum(directions[1], np.float32(-1e-6))
    floor = -POSITION[1] / down
    is_floor = floor < wall
    depth = np.minimum(floor, wall)
    points = POSITION[:, None] + directions * depth
    height = np.clip(points[1] / np.float32(2.6), 0, 1)
    colour = mix(plain(WALL_LOW, points), WALL, height)
    colour = np.where(points[1] < SKIRTING_M, np.array(SKIRTING, np.float32)[:, None], colour)
    colour = np.where(is_floor, paint_floor(points), colour)
    near = (np.abs(points[0]) < 1.6) & is_floor
    index = np.flatnonzero(near)
    ground = points[:, index]
    up = np.repeat(vector(0, 1, 0)[:, None], index.size, axis=1)
    light = np.full(depth.shape, 0.62, np.float32)
    key = np.float32(0.50) * light_reaching(parts, ground, KEY_DIRECTION)
    light[index] = key + np.float32(0.34) * openness(parts, ground, up) ** 1.5
    light[is_floor & ~near] = 0.84
    corner = np.where(is_floor, points[2] - WALL_Z_M, points[1])
    light *= 1 - 0.25 * np.exp(-corner / np.float32(0.25))
    spread = ((points[0] + 0.5) / 2.4) ** 2 + np.where(is_floor, 0, (points[1] - 1.5) / 3.0) ** 2
    light *= 1.22 - 0.42 * np.clip(spread, 0, 1)
    return np.asarray(colour * light, np.float32)


def develop(linear: Floats) -> npt.NDArray[np.uint8]:
    """Turn (..., 3) linear light into 8-bit sRGB with a soft shoulder for highlights."""
    exposed = linear * np.float32(1.05)
    mapped = np.clip(exposed * (1 + exposed / 6.0) / (1 + exposed * 0.55) * 1.12, 0, 1)
    return np.asarray(np.round(mapped ** (1 / 2.2) * 255), np.uint8)


def render_frame(time_s: float, width_px: int, height_px: int) -> npt.NDArray[np.uint8]:
    """Render the figure at one moment.

    Args:
        time_s: seconds since the clip began.
        width_px: image width, >= 1.
        height_px: image height, >= 1; the figure scales with it.

    Returns:
        (height, width, 3) uint8 sRGB; the same pixels every time.
    """
    parts = body_parts(skeleton_at(time_s))
    camera = Camera(width_px, height_px)
    # The room is smooth enough for one ray a pixel; only the figure's own pixels take more.
    room = shade_room(parts, camera.rays(1))
    room_image = room.T.reshape(height_px, width_px, 3)
    side = SAMPLES_PER_SIDE
    image = np.repeat(np.repeat(room_image, side, axis=0), side, axis=1)
    pixels = image.reshape(-1, 3)
    directions = camera.rays(side)
    limits = np.full(directions.shape[1], FAR_M, np.float32)
    depth, owner = nearest_hits(parts, POSITION, directions, limits)
    for number, part in enumerate(parts):
        index = np.flatnonzero(owner == number)
        if index.size:
            aims = directions[:, index]
            points = POSITION[:, None] + aims * depth[index]
            pixels[index] = shade(parts, part, points, aims).T
    blocks = pixels.reshape(height_px, side, width_px, side, 3)
    return develop(blocks.mean(axis=(1, 3)))
