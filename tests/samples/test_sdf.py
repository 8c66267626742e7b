from __future__ import annotations

import numpy as np
import pytest

from samples.figure.sdf import (
    Cut,
    Ellipsoid,
    RoundCone,
    Shape,
    SmoothUnion,
    smooth_minimum,
    vector,
)


def columns(*points: tuple[float, float, float]) -> np.ndarray:
    transposed: np.ndarray = np.array(points, np.float32).T
    return transposed


def random_points(count: int = 400) -> np.ndarray:
    return np.random.default_rng(5).uniform(-2, 2, (3, count)).astype(np.float32)


CONE = RoundCone(vector(-0.5, 0.1, 0.2), vector(0.7, -0.2, 0.4), 0.4, 0.15)
BALL = Ellipsoid(vector(0.1, 0.2, 0.3), vector(0.5, 0.5, 0.5))
EGG = Ellipsoid(vector(0.0, 0.0, 0.0), vector(0.5, 1.0, 0.25))
BLEND = SmoothUnion(((CONE, 0.0), (EGG, 0.3)))
SHAPES = [CONE, BALL, EGG, BLEND, Cut(EGG, vector(0, 0.2, 0), vector(0, 1, 0), 0.05)]


def test_capsule_distance_is_that_of_its_axis_less_the_radius() -> None:
    capsule = RoundCone(vector(0, 0, 0), vector(0, 1, 0), 0.25, 0.25)
    points = columns((1, 0.5, 0), (0, 2, 0), (0, -1, 0), (0.1, 0.5, 0), (3, 5, 0))
    expected = [0.75, 0.75, 0.75, -0.15, 4.75]
    np.testing.assert_allclose(capsule.distance(points), expected, atol=1e-6)


def test_round_cone_is_the_nearest_of_the_balls_along_its_axis() -> None:
    points = random_points()
    fractions = np.linspace(0, 1, 4001)
    centres = CONE.start[:, None] + (CONE.end - CONE.start)[:, None] * fractions
    radii = 0.4 + (0.15 - 0.4) * fractions
    gaps = np.linalg.norm(points[:, :, None] - centres[:, None, :], axis=0) - radii
    np.testing.assert_allclose(CONE.distance(points), gaps.min(axis=1), atol=2e-6)


def test_ellipsoid_of_equal_radii_is_an_exact_sphere() -> None:
    points = random_points()
    expected = np.linalg.norm(points - BALL.centre[:, None], axis=0) - 0.5
    np.testing.assert_allclose(BALL.distance(points), expected, atol=1e-5)


def test_ellipsoid_is_zero_on_its_surface_and_signed_around_it() -> None:
    on_surface = columns((0.5, 0, 0), (0, -1, 0), (0, 0, 0.25), (0.3, 0.8, 0))
    np.testing.assert_allclose(EGG.distance(on_surface), 0, atol=1e-6)
    assert np.all(EGG.distance(on_surface * np.float32(1.1)) > 0)
    assert np.all(EGG.distance(on_surface * np.float32(0.9)) < 0)
    assert EGG.distance(columns((0, 0, 0)))[0] == pytest.approx(-0.25)


def test_smooth_minimum_is_the_minimum_where_distances_differ_more_than_the_width() -> None:
    a, b = np.array([[1.0, 0.0, 0.5], [0.2, 2.0, 0.5]], np.float32)
    np.testing.assert_allclose(smooth_minimum(a, b, 0.4), [0.2, 0.0, 0.5 - 0.4 / 4], atol=1e-6)


def test_cut_removes_the_side_the_normal_points_to() -> None:
    half = Cut(BALL, vector(0, 0.2, 0), vector(0, 1, 0), 0.01)
    above, below = half.distance(columns((0.1, 0.5, 0.3), (0.1, -0.1, 0.3)))
    assert above == pytest.approx(0.3, abs=1e-5)
    assert below == pytest.approx(-0.2, abs=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_box_contains_the_shape(shape: Shape) -> None:
    points = random_points(4000)
    low, high = shape.box()
    solid = points[:, shape.distance(points) <= 0]
    assert solid.shape[1] > 5
    assert np.all(solid >= low[:, None]) and np.all(solid <= high[:, None])
