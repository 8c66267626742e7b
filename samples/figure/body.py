"""The dressed figure: T-shirt and trousers here, the rest from `head` and `limbs`."""

from __future__ import annotations

import numpy as np

from samples.figure.head import head_parts
from samples.figure.limbs import limb_parts
from samples.figure.parts import Part, inside, mix, plain
from samples.figure.sdf import Cut, Ellipsoid, Floats, RoundCone, SmoothUnion, vector
from samples.figure.skeleton import SIDES, Skeleton

SHIRT = (0.035, 0.20, 0.36)
SHIRT_STRIPE = (0.80, 0.78, 0.70)
SHIRT_HEM = (0.020, 0.12, 0.24)
TROUSERS = (0.055, 0.058, 0.070)
SLEEVE_LENGTH = 0.58  # of the upper arm


def shirt_shape(skeleton: Skeleton) -> Cut:
    """Chest, belly, shoulders and short sleeves, in the frame of the chest."""
    to_local = skeleton.chest.to_local
    waist = to_local(skeleton.pelvis.to_world(0, 0.10, 0.0))
    hem = to_local(skeleton.pelvis.to_world(0, 0.02, 0.0))
    members: list[tuple[Ellipsoid | RoundCone, float]] = [
        (Ellipsoid(vector(0, -0.155, -0.005), vector(0.146, 0.185, 0.105)), 0.0),
        (Ellipsoid(waist, vector(0.149, 0.150, 0.106)), 0.12),
        (Ellipsoid(hem, vector(0.166, 0.100, 0.128)), 0.05),
        (RoundCone(vector(0, 0.022, -0.022), vector(0, -0.05, -0.02), 0.055, 0.080), 0.05),
    ]
    for side, sign in SIDES:
        shoulder = to_local(skeleton.joints[f"{side}_SHOULDER"])
        elbow = to_local(skeleton.joints[f"{side}_ELBOW"])
        cuff = shoulder + (elbow - shoulder) * np.float32(SLEEVE_LENGTH)
        blade = vector(sign * 0.045, 0.030, -0.02)
        breast = vector(sign * 0.066, -0.105, 0.048)
        members += [
            (RoundCone(blade, shoulder, 0.048, 0.044), 0.04),
            (RoundCone(shoulder, cuff, 0.051, 0.054), 0.020),
            (Ellipsoid(breast, vector(0.070, 0.062, 0.038)), 0.05),
        ]
    edge = to_local(skeleton.pelvis.to_world(0, -0.005, 0.0))
    downwards = skeleton.chest.axes.T @ -skeleton.pelvis.axes[:, 1]
    return Cut(SmoothUnion(tuple(members)), edge, downwards.astype(np.float32), 0.012)


def paint_shirt(points: Floats) -> Floats:
    """Blue cotton with a light band across the chest and faint folds; (3, N)."""
    x, y, z = points
    folds = np.sin(70 * y + 14 * np.abs(x) + 3 * np.sin(25 * x + 11 * z)) * inside(y + 0.2, 0.2)
    creases = np.sin(95 * np.abs(x) + 45 * y) * inside(np.float32(0.12) - np.abs(x), 0.06)
    colour = plain(SHIRT, points) * (1 + np.float32(0.10) * folds + np.float32(0.05) * creases)
    torso = inside(np.abs(x) - np.float32(0.156), 0.004)
    band = inside(np.abs(y + 0.145) - np.float32(0.026), 0.003) * torso
    colour = mix(colour, SHIRT_STRIPE, band * np.float32(0.92))
    collar = inside(np.hypot(x, (z + 0.02) * np.float32(0.9)) - np.float32(0.078), 0.004)
    return mix(colour, SHIRT_HEM, collar * inside(np.float32(-0.02) - y, 0.01))


def trousers_shape(skeleton: Skeleton) -> SmoothUnion:
    """Pelvis and both legs down to the ankles, in the frame of the pelvis."""
    to_local = skeleton.pelvis.to_local
    members: list[tuple[Ellipsoid | RoundCone, float]] = [
        (Ellipsoid(vector(0, 0.02, -0.012), vector(0.145, 0.105, 0.106)), 0.0)
    ]
    for side, sign in SIDES:
        hip = to_local(skeleton.joints[f"{side}_HIP"])
        knee = to_local(skeleton.joints[f"{side}_KNEE"])
        ankle = to_local(skeleton.joints[f"{side}_ANKLE"])
        calf = knee + (ankle - knee) * np.float32(0.33)
        cuff = ankle + (knee - ankle) * np.float32(0.02)
        seat = vector(sign * 0.062, -0.035, -0.05)
        start = hip + vector(-sign * 0.012, -0.02, 0)
        members += [
            (RoundCone(start, knee, 0.086, 0.057), 0.045),
            (Ellipsoid(seat, vector(0.076, 0.080, 0.072)), 0.05),
            (RoundCone(knee, calf, 0.053, 0.057), 0.004),
            (RoundCone(calf, cuff, 0.057, 0.052), 0.004),
        ]
    return SmoothUnion(tuple(members))


def paint_trousers(points: Floats) -> Floats:
    """Dark cloth with faint creases; (3, N)."""
    x, y, z = points
    creases = np.sin(46 * y + 18 * x + 2 * np.sin(31 * z)) + np.sin(83 * y - 21 * z)
    return np.asarray(plain(TROUSERS, points) * (1 + np.float32(0.07) * creases), np.float32)


def body_parts(skeleton: Skeleton) -> list[Part]:
    """Dress a skeleton.

    Args:
        skeleton: the pose.

    Returns:
        The parts whose plain union is the figure, in a fixed order.
    """
    return [
        Part("shirt", skeleton.chest, shirt_shape(skeleton), paint_shirt),
        Part("trousers", skeleton.pelvis, trousers_shape(skeleton), paint_trousers),
        *head_parts(skeleton),
        *limb_parts(skeleton),
    ]
