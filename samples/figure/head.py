"""Head, face, ears, neck and hair, in the frame of the head."""

from __future__ import annotations

import numpy as np

from samples.figure.parts import HAIR, SKIN, Part, inside, mix, plain, spot
from samples.figure.sdf import Cut, Ellipsoid, Floats, RoundCone, SmoothUnion, vector
from samples.figure.skeleton import Skeleton

EYE_X_M = 0.0325
EYE_Y_M = 0.014
LIPS = (0.50, 0.19, 0.16)
BLUSH = (0.74, 0.33, 0.25)
SHADE = (0.36, 0.18, 0.12)
WHITE = (0.80, 0.79, 0.76)
IRIS = (0.085, 0.055, 0.03)
PUPIL = (0.01, 0.01, 0.01)


def paint_face(points: Floats) -> Floats:
    """Skin, with eyes, brows, lips, nostrils and a little colour in the cheeks; (3, N)."""
    x, y, z = points
    mirrored = np.stack([np.abs(x), y, z])
    front = np.clip((z - 0.03) / np.float32(0.02), 0, 1)
    colour = plain(SKIN, points)
    colour = mix(colour, BLUSH, 0.35 * front * spot(mirrored, 0.045, -0.03, 0.03, 0.024, 0.03))
    colour = mix(colour, SHADE, 0.30 * front * spot(mirrored, EYE_X_M, 0.019, 0.023, 0.012, 0.012))
    lid = EYE_Y_M + 0.0045 - 9.0 * (mirrored[0] - EYE_X_M) ** 2
    eye = front * spot(mirrored, EYE_X_M, EYE_Y_M, 0.0165, 0.0085)
    colour = mix(colour, WHITE, eye)
    colour = mix(colour, IRIS, eye * spot(mirrored, EYE_X_M, EYE_Y_M + 0.001, 0.0078, 0.0078))
    colour = mix(colour, PUPIL, eye * spot(mirrored, EYE_X_M, EYE_Y_M + 0.001, 0.0036, 0.0036))
    lash = spot(mirrored, EYE_X_M, EYE_Y_M + 0.004, 0.0185, 0.007) * (1 - inside(y - lid, 0.002))
    colour = mix(colour, PUPIL, 0.9 * front * lash)
    brow_y = EYE_Y_M + 0.0255 - 7.0 * (mirrored[0] - 0.035) ** 2
    brow = inside(np.abs(y - brow_y) - np.float32(0.0036), 0.003)
    brow = brow * inside(np.abs(mirrored[0] - 0.034) - np.float32(0.021), 0.006)
    colour = mix(colour, HAIR, 0.92 * front * brow)
    colour = mix(colour, SHADE, 0.9 * front * spot(mirrored, 0.0075, -0.037, 0.005, 0.0032))
    # The mouth is a parabola: straightened, its lips are an ellipse.
    smile = np.stack([x, y - 14 * x * x, z])
    lips = spot(smile, 0, -0.0735, 0.0265, 0.0085, 0.004)
    colour = mix(colour, LIPS, 0.85 * front * lips)
    seam = inside(np.abs(smile[1] + 0.0725) - np.float32(0.0014), 0.002)
    seam = seam * inside(np.abs(x) - np.float32(0.028), 0.004)
    return mix(colour, (0.16, 0.05, 0.045), 0.9 * front * seam)


def face_shape(skeleton: Skeleton) -> SmoothUnion:
    """Skull, jaw, nose, ears and the neck down into the collar."""
    collar = skeleton.head.to_local(skeleton.chest.to_world(0, 0.0, -0.02))
    members: list[tuple[Ellipsoid | RoundCone, float]] = [
        (Ellipsoid(vector(0, 0.028, -0.012), vector(0.076, 0.100, 0.097)), 0.0),
        (Ellipsoid(vector(0, -0.045, 0.018), vector(0.061, 0.072, 0.073)), 0.035),
        (Ellipsoid(vector(0, -0.100, 0.058), vector(0.027, 0.018, 0.022)), 0.035),
        (RoundCone(collar, vector(0, -0.05, -0.022), 0.058, 0.051), 0.025),
        (RoundCone(vector(0, 0.018, 0.083), vector(0, -0.020, 0.101), 0.007, 0.0105), 0.014),
        (Ellipsoid(vector(0, -0.028, 0.092), vector(0.0165, 0.008, 0.011)), 0.008),
        (Ellipsoid(vector(0, -0.0705, 0.083), vector(0.024, 0.009, 0.007)), 0.014),
    ]
    for sign in (1, -1):
        members += [
            (Ellipsoid(vector(sign * 0.031, 0.036, 0.074), vector(0.022, 0.007, 0.011)), 0.016),
            (Ellipsoid(vector(sign * 0.041, -0.020, 0.060), vector(0.02, 0.016, 0.018)), 0.02),
            (Ellipsoid(vector(sign * 0.079, -0.004, -0.010), vector(0.010, 0.031, 0.018)), 0.008),
        ]
    return SmoothUnion(tuple(members))


def hair_shape() -> SmoothUnion:
    """Short hair: a shell cut from the forehead to the nape, with a fuller top."""
    shell = Ellipsoid(vector(0, 0.034, -0.020), vector(0.084, 0.103, 0.102))
    crown = Ellipsoid(vector(0.008, 0.098, 0.014), vector(0.070, 0.048, 0.082))
    downwards_forward = vector(0, -0.66, 0.7513)
    sides = Cut(shell, vector(0, 0.030, 0.030), downwards_forward, 0.008)
    top = Cut(crown, vector(0, 0.078, 0.08), vector(0, -0.98, 0.199), 0.01)
    return SmoothUnion(((sides, 0.0), (top, 0.02)))


def paint_hair(points: Floats) -> Floats:
    """Dark brown with faint strands; (3, N)."""
    strands = np.sin(420 * points[0] + 60 * points[1] + 25 * np.sin(60 * points[2]))
    return np.asarray(plain(HAIR, points) * (1 + np.float32(0.3) * strands), np.float32)


def head_parts(skeleton: Skeleton) -> list[Part]:
    """Everything above the collar."""
    return [
        Part("head", skeleton.head, face_shape(skeleton), paint_face, gloss=0.10),
        Part("hair", skeleton.head, hair_shape(), paint_hair, gloss=0.12),
    ]
