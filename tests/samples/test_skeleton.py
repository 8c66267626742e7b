from __future__ import annotations

import itertools

import numpy as np
import pytest

from samples.figure.body import body_parts
from samples.figure.camera import POSITION, Camera
from samples.figure.sdf import vector
from samples.figure.skeleton import (
    DURATION_S,
    FOREARM_M,
    JOINT_NAMES,
    SHIN_M,
    THIGH_M,
    TURN_RAD,
    UPPER_ARM_M,
    Frame,
    bend_joint,
    rotation,
    skeleton_at,
)

TIMES_S = np.arange(0, DURATION_S, 0.1)


def test_bones_keep_their_length_throughout() -> None:
    bones = {
        ("SHOULDER", "ELBOW"): UPPER_ARM_M,
        ("ELBOW", "WRIST"): FOREARM_M,
        ("HIP", "KNEE"): THIGH_M,
        ("KNEE", "ANKLE"): SHIN_M,
    }
    for time_s, side in itertools.product(TIMES_S, ("LEFT", "RIGHT")):
        joints = skeleton_at(float(time_s)).joints
        for (near, far), length in bones.items():
            found = np.linalg.norm(joints[f"{side}_{near}"] - joints[f"{side}_{far}"])
            assert found == pytest.approx(length, abs=2e-3), (time_s, side, near)


def test_motion_is_smooth_from_frame_to_frame() -> None:
    track = np.array([list(skeleton_at(i / 30).joints.values()) for i in range(165)])
    acceleration = np.linalg.norm(np.diff(track, n=2, axis=0), axis=2)
    assert acceleration.max() < 0.03  # metres per frame squared


def test_figure_squats_raises_its_arms_and_turns() -> None:
    standing, squatting = skeleton_at(0.0).joints, skeleton_at(0.71).joints
    raised, turned = skeleton_at(3.1).joints, skeleton_at(4.5)
    assert squatting["LEFT_HIP"][1] < standing["LEFT_HIP"][1] - 0.25
    assert raised["RIGHT_WRIST"][1] > raised["NOSE"][1] + 0.2
    yaw = np.arctan2(turned.pelvis.axes[0, 2], turned.pelvis.axes[2, 2])
    assert yaw == pytest.approx(TURN_RAD, abs=0.02)


def test_left_is_the_figures_own_left() -> None:
    joints = skeleton_at(0.0).joints
    x_px, _ = Camera(384, 512).project(np.stack([joints["LEFT_HIP"], joints["RIGHT_HIP"]], 1))
    assert x_px[0] > x_px[1]


def test_knee_bends_towards_its_pole() -> None:
    knee = bend_joint(vector(0, 0.7, 0), vector(0, 0, 0), 0.4, 0.4, vector(0, 0, 1))
    np.testing.assert_allclose(knee, [0, 0.35, np.sqrt(0.4**2 - 0.35**2)], atol=1e-6)


def test_frame_turns_there_and_back() -> None:
    frame = Frame(vector(1, 2, 3), rotation(0.4, -0.7, 0.2))
    vectors = np.random.default_rng(2).normal(size=(3, 9)).astype(np.float32)
    there = frame.turn_to_local(vectors)
    np.testing.assert_allclose(frame.turn_to_world(there), vectors, atol=1e-5)
    np.testing.assert_allclose(
        frame.to_world(*frame.to_local(vectors[:, 0])), vectors[:, 0], atol=1e-5
    )


@pytest.mark.parametrize("time_s", [0.0, 0.71, 3.1, 4.5])
def test_every_joint_lies_inside_the_body(time_s: float) -> None:
    skeleton = skeleton_at(time_s)
    parts = body_parts(skeleton)
    for name in JOINT_NAMES:
        point = skeleton.joints[name]
        depth = min(part.shape.distance(part.frame.to_local(point)[:, None])[0] for part in parts)
        assert depth < 0.004, name


def test_ray_through_a_projected_point_passes_the_point() -> None:
    camera = Camera(48, 64)
    directions = camera.rays(1).reshape(3, 64, 48)
    aim = directions[:, 20, 30]
    projected = camera.project((POSITION + aim * 4)[:, None])
    np.testing.assert_allclose(projected[:, 0], [30, 20], atol=1e-3)
