"""Bare arms, hands with fingers, and shoes."""

from __future__ import annotations

from functools import partial

import numpy as np

from samples.figure.parts import SKIN, Part, inside, mix, plain
from samples.figure.sdf import Ellipsoid, Floats, RoundCone, SmoothUnion, vector
from samples.figure.skeleton import SIDES, Skeleton

SHOE = (0.60, 0.055, 0.045)
SOLE = (0.80, 0.79, 0.76)
LACES = (0.78, 0.77, 0.74)

# Across the palm to the thumb, along the hand, length, all in metres, and the radius.
FINGERS = (
    (0.029, 0.088, 0.068, 0.0092),
    (0.010, 0.093, 0.076, 0.0095),
    (-0.010, 0.090, 0.070, 0.0092),
    (-0.028, 0.081, 0.055, 0.0082),
)


def arm_shape(skeleton: Skeleton, side: str) -> SmoothUnion:
    """Upper arm and forearm, in the frame of the chest."""
    to_local = skeleton.chest.to_local
    shoulder = to_local(skeleton.joints[f"{side}_SHOULDER"])
    elbow = to_local(skeleton.joints[f"{side}_ELBOW"])
    wrist = to_local(skeleton.joints[f"{side}_WRIST"])
    muscle = elbow + (wrist - elbow) * np.float32(0.28)
    return SmoothUnion(
        (
            (RoundCone(shoulder, elbow, 0.045, 0.036), 0.0),
            (RoundCone(elbow, muscle, 0.036, 0.038), 0.004),
            (RoundCone(muscle, wrist, 0.038, 0.0265), 0.004),
        )
    )


def hand_shape(sign: float) -> SmoothUnion:
    """Palm, four slightly bent fingers and a thumb, in the frame of the hand."""
    palm = np.float32(-sign)
    knuckle = vector(0.055, 0.072, 0.010 * palm)
    thumb_tip = vector(0.064, 0.100, 0.014 * palm)
    members: list[tuple[Ellipsoid | RoundCone, float]] = [
        (Ellipsoid(vector(0, 0.052, 0), vector(0.042, 0.054, 0.017)), 0.0),
        (RoundCone(vector(0, -0.02, 0), vector(0, 0.03, 0), 0.0255, 0.022), 0.025),
        (RoundCone(vector(0.024, 0.025, 0), knuckle, 0.015, 0.011), 0.014),
        (RoundCone(knuckle, thumb_tip, 0.011, 0.009), 0.008),
    ]
    for across, along, length, radius in FINGERS:
        middle = vector(across * 1.2, along + 0.5 * length, 0.006 * palm)
        tip = vector(across * 1.32, along + length, 0.020 * palm)
        members.append((RoundCone(vector(across, along - 0.02, 0), middle, radius, radius), 0.006))
        members.append((RoundCone(middle, tip, radius, 0.84 * radius), 0.004))
    return SmoothUnion(tuple(members))


def shoe_shape() -> SmoothUnion:
    """A trainer from heel to toe, in the frame of the foot."""
    return SmoothUnion(
        (
            (RoundCone(vector(0, -0.048, -0.045), vector(0, -0.052, 0.10), 0.038, 0.036), 0.0),
            (Ellipsoid(vector(0, -0.056, 0.125), vector(0.044, 0.030, 0.062)), 0.03),
            (RoundCone(vector(0, -0.03, -0.012), vector(0, 0.012, -0.008), 0.045, 0.041), 0.035),
            (Ellipsoid(vector(0, -0.074, 0.05), vector(0.048, 0.013, 0.135)), 0.008),
        )
    )


def paint_shoe(points: Floats) -> Floats:
    """Red leather on a white sole, with laces; (3, N)."""
    x, y, z = points
    colour = plain(SHOE, points)
    across = inside(np.abs(x) - np.float32(0.02), 0.004) * inside(np.abs(z - 0.075) - 0.035, 0.004)
    laces = across * inside(np.abs(np.sin(z * 190)) - np.float32(0.45), 0.3) * (y > -0.045)
    colour = mix(colour, LACES, laces)
    return mix(colour, SOLE, inside(y + np.float32(0.064), 0.003))


def limb_parts(skeleton: Skeleton) -> list[Part]:
    """Arms, hands and shoes of both sides."""
    skin = partial(plain, SKIN)
    parts = []
    for side, sign in SIDES:
        parts += [
            Part(f"{side} arm", skeleton.chest, arm_shape(skeleton, side), skin, gloss=0.08),
            Part(f"{side} hand", skeleton.hands[side], hand_shape(sign), skin, gloss=0.08),
            Part(f"{side} shoe", skeleton.feet[side], shoe_shape(), paint_shoe, gloss=0.15),
        ]
    return parts
