"""The figure's motion: time to joints.

Metres, y up, floor at y = 0; the figure stands at the origin and faces +z, where the camera is, so
its own left is +x. All motion is a sum of smooth bumps of time: stand, squat twice, raise both
arms, step round to the left and back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from samples.figure.sdf import Floats, norm, vector

DURATION_S = 5.5
TURN_RAD = math.radians(50.0)

# Proportions of an adult of 1.74 m.
THIGH_M = 0.415
SHIN_M = 0.405
UPPER_ARM_M = 0.275
FOREARM_M = 0.245
HIP_HEIGHT_M = 0.893
ANKLE_HEIGHT_M = 0.088
HIP_HALF_M = 0.098
SHOULDER_HALF_M = 0.172
LOWER_SPINE_M = 0.22
UPPER_SPINE_M = 0.275
SIDES = (("LEFT", 1.0), ("RIGHT", -1.0))
LIMB_NAMES = ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE")
JOINT_NAMES = ("NOSE", *(f"{side}_{name}" for name in LIMB_NAMES for side, _ in SIDES))


@dataclass(frozen=True, eq=False)
class Frame:
    """A place and an orientation.

    Attributes:
        origin: (3,) metres, in the world.
        axes: (3, 3) float32; columns are the frame's x (the figure's left), y (up), z (forward).
    """

    origin: Floats
    axes: Floats

    def to_world(self, x: float, y: float, z: float) -> Floats:
        """World position, (3,), of a point given in this frame."""
        return np.asarray(self.origin + self.axes @ vector(x, y, z), np.float32)

    def to_local(self, point: Floats) -> Floats:
        """Position in this frame, (3,), of one world point."""
        return np.asarray(self.axes.T @ (point - self.origin), np.float32)

    def turn_to_local(self, vectors: Floats) -> Floats:
        """Express (3, N) world directions in this frame; written out, so no BLAS threads."""
        a, (x, y, z) = self.axes, vectors
        return np.stack([a[0, i] * x + a[1, i] * y + a[2, i] * z for i in range(3)])

    def turn_to_world(self, vectors: Floats) -> Floats:
        """Express (3, N) directions of this frame in the world."""
        a, (x, y, z) = self.axes, vectors
        return np.stack([a[i, 0] * x + a[i, 1] * y + a[i, 2] * z for i in range(3)])


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Everything a body is hung on, at one moment.

    Attributes:
        joints: name to (3,) world position in metres; the names are JOINT_NAMES.
        pelvis: frame at the middle of the hips.
        chest: frame at the middle of the shoulders.
        head: frame at the middle of the head.
        hands: side to frame at the wrist; y along the hand, x to the thumb, z out of the palm for
            the right hand and out of the back for the left.
        feet: side to frame at the ankle.
    """

    joints: dict[str, Floats]
    pelvis: Frame
    chest: Frame
    head: Frame
    hands: dict[str, Frame]
    feet: dict[str, Frame]


@dataclass(frozen=True)
class Motion:
    """How far each movement has gone at one moment; all but the time between 0 and 1."""

    time_s: float
    squat: float
    arm_raise: float
    turn: float
    left_step: float
    right_step: float


def ease(time_s: float, start_s: float, end_s: float) -> float:
    """Go from 0 to 1 between two moments, with zero speed and acceleration at both."""
    x = min(max((time_s - start_s) / (end_s - start_s), 0.0), 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)


def plateau(time_s: float, start_s: float, full_s: float, leave_s: float, end_s: float) -> float:
    """Rise from 0 to 1, stay, and fall back to 0."""
    return ease(time_s, start_s, full_s) - ease(time_s, leave_s, end_s)


def motion_at(time_s: float) -> Motion:
    """Tell how far each movement has gone at a time in seconds."""
    return Motion(
        time_s=time_s,
        squat=plateau(time_s, 0.15, 0.70, 0.72, 1.27) + plateau(time_s, 1.2, 1.75, 1.77, 2.32),
        arm_raise=plateau(time_s, 2.25, 3.0, 3.15, 3.95),
        turn=plateau(time_s, 3.75, 4.45, 4.6, 5.35),
        left_step=plateau(time_s, 3.8, 4.15, 4.9, 5.3),
        right_step=plateau(time_s, 4.1, 4.45, 4.65, 5.0),
    )


def rotation(yaw_rad: float, pitch_rad: float, roll_rad: float = 0.0) -> Floats:
    """Make axes that turn left by yaw, bow forward by pitch and tilt to the right by roll."""
    cy, sy = math.cos(yaw_rad), math.sin(yaw_rad)
    cp, sp = math.cos(pitch_rad), math.sin(pitch_rad)
    cr, sr = math.cos(roll_rad), math.sin(roll_rad)
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(yaw @ pitch @ roll, np.float32)


def bend_joint(root: Floats, end: Floats, first_m: float, second_m: float, pole: Floats) -> Floats:
    """Place the joint between two bones whose far ends are known.

    Args:
        root: (3,) where the first bone begins.
        end: (3,) where the second bone ends.
        first_m: length of the first bone.
        second_m: length of the second bone.
        pole: (3,) direction into which the joint bends.

    Returns:
        (3,) the joint; on the straight line if the bones cannot reach.
    """
    line = end - root
    reach = float(norm(line))
    line = line / np.float32(reach)
    along = (first_m**2 - second_m**2 + reach**2) / (2 * reach)
    height = math.sqrt(max(first_m**2 - along**2, 0.0))
    side = pole - line * np.dot(pole, line)
    return np.asarray(root + line * np.float32(along) + side / norm(side) * height, np.float32)


def limb_direction(elevation_rad: float, azimuth_rad: float, sign: float) -> Floats:
    """Direction of an arm bone: elevation 0 hangs, pi points up; azimuth 0 is sideways."""
    out = math.sin(elevation_rad)
    return vector(
        sign * out * math.cos(azimuth_rad), -math.cos(elevation_rad), out * math.sin(azimuth_rad)
    )


def torso_frames(motion: Motion) -> tuple[Frame, Frame, Frame]:
    """Pelvis, chest and head."""
    bow = motion.squat
    sway = 0.006 * math.sin(2.1 * motion.time_s)
    # The weight goes over the foot that stays while the other one steps.
    steps = math.sin(math.pi * motion.left_step) - math.sin(math.pi * motion.right_step)
    height = HIP_HEIGHT_M - 0.285 * bow - 0.012 * motion.turn
    origin = vector(sway - 0.03 * steps, height, -0.15 * bow)
    yaw = TURN_RAD * motion.turn
    pelvis = Frame(origin, rotation(yaw, 0.30 * bow, 0.02 * steps))
    chest_axes = rotation(yaw * 1.04, 0.02 + 0.42 * bow - 0.06 * motion.arm_raise)
    waist = pelvis.to_world(0, LOWER_SPINE_M, 0)
    chest = Frame(waist + chest_axes[:, 1] * np.float32(UPPER_SPINE_M), chest_axes)
    head_axes = rotation(yaw * 1.08, 0.10 * bow - 0.05 * motion.arm_raise, 0.8 * sway)
    neck = chest.to_world(0, 0.055, -0.015)
    lift = head_axes @ vector(0, 0.153, 0.022)
    return pelvis, chest, Frame(np.asarray(neck + lift, np.float32), head_axes)


def arm_joints(motion: Motion, chest: Frame, side: str, sign: float) -> tuple[list[Floats], Frame]:
    """Shoulder, elbow and wrist of one side, and the frame of its hand."""
    squat, up, turn = motion.squat, motion.arm_raise, motion.turn
    swing = 0.05 * math.sin(2.4 * motion.time_s + sign)
    shrug = 0.035 * up
    shoulder = chest.to_world(sign * (SHOULDER_HALF_M - 0.5 * shrug), shrug, 0.012 * squat)
    body = rotation(TURN_RAD * turn, 0.1 * squat)
    upper = 0.20 + 1.12 * squat + 2.52 * up + 0.16 * turn
    lower = 0.26 + 1.42 * squat + 2.62 * up + 0.22 * turn
    upper_side = 0.35 * up * (1 - up) + 0.78 * squat + 0.1 + swing * turn
    lower_side = 0.75 * (1 - up) + 0.25 * squat + 0.2 * up + swing
    upper_direction = body @ limb_direction(upper, upper_side, sign)
    lower_direction = body @ limb_direction(lower, lower_side, sign)
    elbow = shoulder + upper_direction * np.float32(UPPER_ARM_M)
    wrist = elbow + lower_direction * np.float32(FOREARM_M)
    # Hanging hands show the thumb, raised hands the palm.
    raised = ease(lower, 0.5, 1.9)
    palm = body @ vector(-sign * (1 - raised), -0.5 * squat, raised + 0.25)
    palm = palm - lower_direction * np.dot(palm, lower_direction)
    palm = palm / norm(palm)
    outward = palm * np.float32(-sign)
    axes = np.stack([np.cross(lower_direction, outward), lower_direction, outward], axis=1)
    return [shoulder, elbow, wrist], Frame(wrist, axes.astype(np.float32))


def leg_joints(motion: Motion, pelvis: Frame, side: str, sign: float) -> tuple[list[Floats], Frame]:
    """Hip, knee and ankle of one side, and the frame of its foot."""
    step = motion.left_step if side == "LEFT" else motion.right_step
    yaw = TURN_RAD * step
    lift = 0.05 * math.sin(math.pi * step)
    ground = rotation(yaw, 0.0)
    ankle = ground @ vector(sign * 0.165, ANKLE_HEIGHT_M, -0.03) + vector(0, lift, 0)
    foot = Frame(ankle.astype(np.float32), rotation(yaw + sign * 0.22, 2.0 * lift))
    hip = pelvis.to_world(sign * HIP_HALF_M, 0, 0)
    pole = foot.axes @ vector(sign * 0.22, 0, 1)
    knee = bend_joint(hip, foot.origin, THIGH_M, SHIN_M, pole)
    return [hip, knee, foot.origin], foot


def skeleton_at(time_s: float) -> Skeleton:
    """Pose the figure.

    Args:
        time_s: seconds since the clip began; the motion ends at DURATION_S.

    Returns:
        The joints and the frames of torso, head, hands and feet; pure in `time_s`.
    """
    motion = motion_at(time_s)
    pelvis, chest, head = torso_frames(motion)
    joints = {"NOSE": head.to_world(0, -0.022, 0.112)}
    hands, feet = {}, {}
    for side, sign in SIDES:
        arm, hands[side] = arm_joints(motion, chest, side, sign)
        leg, feet[side] = leg_joints(motion, pelvis, side, sign)
        joints.update(zip((f"{side}_{name}" for name in LIMB_NAMES), arm + leg, strict=True))
    ordered = {name: np.asarray(joints[name], np.float32) for name in JOINT_NAMES}
    return Skeleton(ordered, pelvis, chest, head, hands, feet)
