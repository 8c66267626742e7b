"""Light and colour: a skeleton to an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from samples.figure.body import body_parts
from samples.figure.camera import Camera
from samples.figure.light import DAYLIGHT, Light
from samples.figure.parts import Part, mix, plain
from samples.figure.sdf import Floats, dot, norm, vector
from samples.figure.skeleton import skeleton_at
from samples.figure.trace import light_reaching, nearest_hits, normals, openness

SAMPLES_PER_SIDE = 2
FAR_M = 12.0  # beyond the wall
WALL_Z_M = -2.3
SKIRTING_M = 0.11
PLANK_M = 0.19

WALL = (0.50, 0.54, 0.53)
WALL_LOW = (0.33, 0.37, 0.375)
SKIRTING = (0.66, 0.66, 0.64)
FLOOR = (0.40, 0.26, 0.155)


@dataclass(frozen=True, eq=False)
class Scene:
    """What there is to see.

    Attributes:
        parts: the figure, and whatever stands about it.
        camera: who looks.
        light: by which.
    """

    parts: Sequence[Part]
    camera: Camera
    light: Light = DAYLIGHT


def shade(scene: Scene, part: Part, points: Floats, directions: Floats) -> Floats:
    """Light leaving surface points of one part towards the camera.

    Args:
        scene: the whole figure, which shadows the part, and the light.
        part: whose surface it is.
        points: (3, N) world positions on it.
        directions: (3, N) unit directions of the rays that hit them.

    Returns:
        (3, N) linear RGB, >= 0.
    """
    parts, light = scene.parts, scene.light
    facing = normals(part, points)
    local = part.frame.turn_to_local(points - part.frame.origin[:, None])
    colour = part.paint(local)
    lit = np.clip(dot(facing, light.key_direction), 0, 1)
    off_surface = points + facing * np.float32(0.006)
    index = np.flatnonzero(lit > 0)
    lit[index] *= light_reaching(parts, off_surface[:, index], light.key_direction)
    open_sky = openness(parts, points, facing)
    up = 0.5 + 0.5 * facing[1]
    ambient = light.sky * (up * open_sky) + light.bounce * ((1 - up) * open_sky)
    grazing = (1 - np.clip(-dot(facing, directions), 0, 1)) ** 3
    rim = np.clip(dot(facing, light.rim_direction), 0, 1) + 0.4 * grazing
    diffuse = colour * (light.key * lit + ambient + light.rim * (rim * open_sky))
    halfway = light.key_direction[:, None] - directions
    halfway = halfway / norm(halfway)
    highlight = np.clip(dot(facing, halfway), 0, 1) ** 28 * lit
    return np.asarray(diffuse + light.key * (part.gloss * highlight), np.float32)


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


def shade_room(scene: Scene, directions: Floats) -> Floats:
    """Light from the floor and the wall behind the figure.

    Args:
        scene: the figure, which shadows the room, the light and the camera.
        directions: (3, N) unit rays from the camera.

    Returns:
        (3, N) linear RGB.
    """
    parts, position = scene.parts, scene.camera.position
    wall = (np.float32(WALL_Z_M) - position[2]) / directions[2]
    down = np.minimum(directions[1], np.float32(-1e-6))
    floor = -position[1] / down
    is_floor = floor < wall
    depth = np.minimum(floor, wall)
    points = position[:, None] + directions * depth
    height = np.clip(points[1] / np.float32(2.6), 0, 1)
    colour = mix(plain(WALL_LOW, points), WALL, height)
    colour = np.where(points[1] < SKIRTING_M, np.array(SKIRTING, np.float32)[:, None], colour)
    colour = np.where(is_floor, paint_floor(points), colour)
    near = (np.abs(points[0]) < 1.6) & is_floor
    index = np.flatnonzero(near)
    ground = points[:, index]
    up = np.repeat(vector(0, 1, 0)[:, None], index.size, axis=1)
    light = np.full(depth.shape, 0.62, np.float32)
    key = np.float32(0.50) * light_reaching(parts, ground, scene.light.key_direction)
    light[index] = key + np.float32(0.34) * openness(parts, ground, up) ** 1.5
    light[is_floor & ~near] = 0.84
    corner = np.where(is_floor, points[2] - WALL_Z_M, points[1])
    light *= 1 - 0.25 * np.exp(-corner / np.float32(0.25))
    spread = ((points[0] + 0.5) / 2.4) ** 2 + np.where(is_floor, 0, (points[1] - 1.5) / 3.0) ** 2
    light *= 1.22 - 0.42 * np.clip(spread, 0, 1)
    return np.asarray(colour * light * scene.light.room, np.float32)


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
    scene = Scene(body_parts(skeleton_at(time_s)), Camera(width_px, height_px))
    return render_scene(scene)


def render_scene(scene: Scene) -> npt.NDArray[np.uint8]:
    """Render what a camera sees.

    Returns:
        (height, width, 3) uint8 sRGB; the same pixels every time.
    """
    parts, camera = scene.parts, scene.camera
    width_px, height_px = camera.width_px, camera.height_px
    # The room is smooth enough for one ray a pixel; only the figure's own pixels take more.
    room = shade_room(scene, camera.rays(1))
    room_image = room.T.reshape(height_px, width_px, 3)
    side = SAMPLES_PER_SIDE
    image = np.repeat(np.repeat(room_image, side, axis=0), side, axis=1)
    pixels = image.reshape(-1, 3)
    directions = camera.rays(side)
    limits = np.full(directions.shape[1], FAR_M, np.float32)
    depth, owner = nearest_hits(parts, camera.position, directions, limits)
    for number, part in enumerate(parts):
        index = np.flatnonzero(owner == number)
        if index.size:
            aims = directions[:, index]
            points = camera.position[:, None] + aims * depth[index]
            pixels[index] = shade(scene, part, points, aims).T
    blocks = pixels.reshape(height_px, side, width_px, side, 3)
    return develop(blocks.mean(axis=(1, 3)) * np.float32(scene.light.exposure))
