from __future__ import annotations

import numpy as np
import pytest

from samples.figure.camera import POSITION, Camera
from samples.figure.parts import Part, plain
from samples.figure.render import render_frame
from samples.figure.sdf import Ellipsoid, vector
from samples.figure.skeleton import Frame, rotation, skeleton_at
from samples.figure.trace import light_reaching, march, nearest_hits, normals, openness


def ball(x: float, y: float, z: float, radius: float) -> Part:
    shape = Ellipsoid(vector(0, 0, 0), vector(radius, radius, radius))
    frame = Frame(vector(x, y, z), rotation(0.3, 0.2))
    return Part("ball", frame, shape, lambda points: plain((0.5, 0.5, 0.5), points))


def limits(count: int) -> np.ndarray:
    return np.full(count, 50, np.float32)


def test_march_finds_a_ball_where_geometry_puts_it() -> None:
    rays = np.array([[0, 0, -1], [0, 1, 0]], np.float32).T
    hits = march(ball(0, 0, 0, 1), vector(0, 0, 5)[:, None], rays, limits(2))
    np.testing.assert_allclose(hits[0], 4, atol=2e-3)
    assert np.isinf(hits[1])


def test_nearest_part_hides_the_one_behind() -> None:
    parts = [ball(0, 0, 0, 1), ball(0, 0, 3, 0.5)]
    ray = vector(0, 0, -1)[:, None]
    depth, owner = nearest_hits(parts, vector(0, 0, 5), ray, limits(1))
    assert owner[0] == 1
    np.testing.assert_allclose(depth, 1.5, atol=2e-3)


def test_normals_of_a_ball_point_away_from_its_centre() -> None:
    outward = np.random.default_rng(1).normal(size=(3, 20)).astype(np.float32)
    outward /= np.linalg.norm(outward, axis=0)
    part = ball(1, 2, 3, 0.7)
    points = part.frame.origin[:, None] + outward * np.float32(0.7)
    np.testing.assert_allclose(normals(part, points), outward, atol=1e-2)


def test_shadow_is_dark_behind_a_ball_and_absent_beside_it() -> None:
    points = np.array([[0, 0, 0], [5, 0, 0]], np.float32).T
    light = light_reaching([ball(0, 1, 0, 0.5)], points, vector(0, 1, 0))
    np.testing.assert_allclose(light, [0, 1], atol=0.02)


def test_openness_falls_near_a_surface() -> None:
    points = np.array([[0, 0, 0], [5, 0, 0]], np.float32).T
    up = np.repeat(vector(0, 1, 0)[:, None], 2, axis=1)
    near, far = openness([ball(0, 0.55, 0, 0.5)], points, up)
    assert near < 0.7
    assert far == 1


@pytest.mark.slow
def test_same_frame_has_the_same_pixels() -> None:
    first = render_frame(0.7, 48, 64)
    assert first.shape == (64, 48, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, render_frame(0.7, 48, 64))


@pytest.mark.slow
def test_the_figure_is_where_its_joints_project() -> None:
    width, height = 96, 128
    image = render_frame(0.0, width, height).astype(int)
    joints = skeleton_at(0.0).joints
    assert POSITION[2] > 0
    middle = (joints["LEFT_KNEE"] + joints["LEFT_ANKLE"]) / 2
    x_px, y_px = np.round(Camera(width, height).project(middle[:, None])[:, 0]).astype(int)
    red, green, blue = image[y_px, x_px]
    assert max(red, green, blue) < 130, "trousers are dark"
    chest = joints["LEFT_SHOULDER"] * 0.35 + joints["RIGHT_HIP"] * 0.65
    x_px, y_px = np.round(Camera(width, height).project(chest[:, None])[:, 0]).astype(int)
    red, green, blue = image[y_px, x_px]
    assert blue > red + 40, "the shirt is blue"
