"""Poses that the sample clip has not: each limb by itself.

The figure's own frame, as in `samples.figure.skeleton`: metres, y up, facing +z, its left is +x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from samples.figure.sdf import Floats, norm, vector
from samples.figure.skeleton import (
    ANKLE_HEIGHT_M,
    FOREARM_M,
    HIP_HALF_M,
    HIP_HEIGHT_M,
    JOINT_NAMES,
    LIMB_NAMES,
    LOWER_SPINE_M,
    SHIN_M,
    SHOULDER_HALF_M,
    SIDES,
    THIGH_M,
    UPPER_ARM_M,
    UPPER_SPINE_M,
    Frame,
    Skeleton,
    bend_joint,
    limb_direction,
    rotation,
)

_LONGEST_LEG_M = 0.995 * (THIGH_M + SHIN_M)
_JITTER_DEG = 7.0


@dataclass(frozen=True)
class Arm:
    """Directions of an arm's bones, degrees; 0, 0 hangs.

    Attributes:
        upper: elevation of the upper arm; 90 is level, 180 straight up.
        lower: of the forearm.
        upper_forward: how far the upper arm points forward instead of sideways.
        lower_forward: the same of the forearm.
    """

    upper: float = 12.0
    lower: float = 16.0
    upper_forward: float = 10.0
    lower_forward: float = 40.0


@dataclass(frozen=True)
class Foot:
    """Where a foot is, metres from below the middle of the hips; outwards, up and forward."""

    out: float = 0.13
    up: float = 0.0
    forward: float = -0.03


@dataclass(frozen=True)
class Pose:
    """One pose.

    Attributes:
        left_arm, right_arm: the arms.
        left_foot, right_foot: the feet.
        drop_m: how much lower than standing the hips are.
        bow_deg: how far the trunk leans forward.
        back_m: how far the hips go back.
    """

    left_arm: Arm = Arm()
    right_arm: Arm = Arm()
    left_foot: Foot = Foot()
    right_foot: Foot = Foot()
    drop_m: float = 0.01
    bow_deg: float = 2.0
    back_m: float = 0.0


_UP = Arm(upper=160, lower=165, upper_forward=15, lower_forward=20)
_SIDEWAYS = Arm(upper=88, lower=90, upper_forward=5, lower_forward=8)
_FORWARD = Arm(upper=80, lower=85, upper_forward=82, lower_forward=86)
_ON_HIP = Arm(upper=45, lower=40, upper_forward=-15, lower_forward=150)

POSES: dict[str, Pose] = {
    "standing": Pose(),
    "arms up": Pose(left_arm=_UP, right_arm=_UP),
    "arms out": Pose(left_arm=_SIDEWAYS, right_arm=_SIDEWAYS),
    "waving": Pose(left_arm=Arm(upper=80, lower=160, upper_forward=15, lower_forward=10)),
    "hands on hips": Pose(left_arm=_ON_HIP, right_arm=_ON_HIP),
    "squatting": Pose(
        left_arm=_FORWARD,
        right_arm=_FORWARD,
        left_foot=Foot(out=0.19),
        right_foot=Foot(out=0.19),
        drop_m=0.34,
        bow_deg=28,
        back_m=0.17,
    ),
    "lunging": Pose(
        left_foot=Foot(forward=0.42), right_foot=Foot(forward=-0.48, up=0.06), drop_m=0.26
    ),
    "kicking": Pose(
        right_foot=Foot(out=0.12, up=0.45, forward=0.52),
        left_arm=_FORWARD,
        right_arm=Arm(upper=45, lower=60, upper_forward=-40, lower_forward=-20),
        bow_deg=-6,
    ),
    "bowing": Pose(
        left_arm=Arm(upper=35, lower=30, upper_forward=85, lower_forward=88),
        right_arm=Arm(upper=35, lower=30, upper_forward=85, lower_forward=88),
        bow_deg=52,
        back_m=0.14,
    ),
}
"""By name."""


def varied(pose: Pose, generator: np.random.Generator) -> Pose:
    """Return a pose a little different: arms by some degrees, the trunk by fewer."""

    def arm(known: Arm) -> Arm:
        moves = generator.normal(0.0, _JITTER_DEG, 4)
        return Arm(
            upper=float(np.clip(known.upper + moves[0], 4, 172)),
            lower=float(np.clip(known.lower + moves[1], 4, 174)),
            upper_forward=float(known.upper_forward + moves[2]),
            lower_forward=float(known.lower_forward + moves[3]),
        )

    return replace(
        pose,
        left_arm=arm(pose.left_arm),
        right_arm=arm(pose.right_arm),
        bow_deg=float(pose.bow_deg + generator.normal(0.0, 3.0)),
        drop_m=float(max(0.005, pose.drop_m + generator.normal(0.0, 0.01))),
    )


def skeleton_of(pose: Pose, yaw_rad: float = 0.0) -> Skeleton:
    """Pose the figure.

    Args:
        pose: the pose.
        yaw_rad: how far the whole figure is turned to its left; 0 faces the camera.

    Returns:
        The joints and the frames of torso, head, hands and feet.
    """
    turn = rotation(yaw_rad, 0.0)
    bow = math.radians(pose.bow_deg)
    hips = turn @ vector(0, HIP_HEIGHT_M - pose.drop_m, -pose.back_m)
    pelvis = Frame(np.asarray(hips, np.float32), turn @ rotation(0.0, 0.6 * bow))
    chest_axes = turn @ rotation(0.0, 0.02 + bow)
    waist = pelvis.to_world(0, LOWER_SPINE_M, 0)
    chest = Frame(waist + chest_axes[:, 1] * np.float32(UPPER_SPINE_M), chest_axes)
    head_axes = turn @ rotation(0.0, 0.45 * bow)
    neck = chest.to_world(0, 0.055, -0.015)
    head = Frame(np.asarray(neck + head_axes @ vector(0, 0.153, 0.022), np.float32), head_axes)
    joints = {"NOSE": head.to_world(0, -0.022, 0.112)}
    hands, feet = {}, {}
    for side, sign in SIDES:
        arm = pose.left_arm if side == "LEFT" else pose.right_arm
        foot = pose.left_foot if side == "LEFT" else pose.right_foot
        upper_limb, hands[side] = _arm(arm, chest, turn, sign)
        lower_limb, feet[side] = _leg(foot, pelvis, turn, sign)
        points = upper_limb + lower_limb
        joints.update(zip((f"{side}_{name}" for name in LIMB_NAMES), points, strict=True))
    ordered = {name: np.asarray(joints[name], np.float32) for name in JOINT_NAMES}
    return Skeleton(ordered, pelvis, chest, head, hands, feet)


def _arm(arm: Arm, chest: Frame, turn: Floats, sign: float) -> tuple[list[Floats], Frame]:
    """Shoulder, elbow and wrist of one side, and the frame of its hand."""
    raised = max(0.0, math.radians(arm.upper) - math.pi / 2) / (math.pi / 2)
    shrug = 0.035 * raised
    shoulder = chest.to_world(sign * (SHOULDER_HALF_M - 0.5 * shrug), shrug, 0.0)
    upper, lower = (
        turn @ limb_direction(math.radians(elevation), math.radians(forward), sign)
        for elevation, forward in (
            (arm.upper, arm.upper_forward),
            (arm.lower, arm.lower_forward),
        )
    )
    elbow = shoulder + upper * np.float32(UPPER_ARM_M)
    wrist = elbow + lower * np.float32(FOREARM_M)
    # Hanging hands show the thumb, raised hands the palm.
    openness = min(max(math.radians(arm.lower) - 0.5, 0.0), 1.0)
    palm = turn @ vector(-sign * (1 - openness), -0.1, openness + 0.25)
    palm = palm - lower * np.dot(palm, lower)
    outward = palm / norm(palm) * np.float32(-sign)
    axes = np.stack([np.cross(lower, outward), lower, outward], axis=1)
    return [shoulder, elbow, wrist], Frame(np.asarray(wrist, np.float32), axes.astype(np.float32))


def _leg(foot: Foot, pelvis: Frame, turn: Floats, sign: float) -> tuple[list[Floats], Frame]:
    """Hip, knee and ankle of one side, and the frame of its foot."""
    hip = pelvis.to_world(sign * HIP_HALF_M, 0, 0)
    ankle = turn @ vector(sign * foot.out, ANKLE_HEIGHT_M + foot.up, foot.forward)
    line = ankle - hip
    length = float(norm(line))
    if length > _LONGEST_LEG_M:
        ankle = hip + line * np.float32(_LONGEST_LEG_M / length)
    # A lifted foot in front shows its sole, one behind stands on its toes.
    pitch = foot.up * (-0.9 if foot.forward > 0 else 9.0)
    frame = Frame(np.asarray(ankle, np.float32), turn @ rotation(sign * 0.2, pitch))
    pole = turn @ vector(sign * 0.2, 0, 1)
    knee = bend_joint(hip, frame.origin, THIGH_M, SHIN_M, np.asarray(pole, np.float32))
    return [hip, knee, frame.origin], frame
