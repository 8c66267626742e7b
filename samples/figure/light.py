"""What lights the figure and the room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.figure.sdf import Floats, norm, vector


def direction(x: float, y: float, z: float) -> Floats:
    """Unit vector, (3,)."""
    return np.asarray(vector(x, y, z) / norm(vector(x, y, z)), np.float32)


def colour(red: float, green: float, blue: float) -> Floats:
    """Linear RGB as a column, (3, 1)."""
    return np.array([[red], [green], [blue]], np.float32)


@dataclass(frozen=True, eq=False)
class Light:
    """Where light comes from, and how much of it; colours are (3, 1) linear RGB.

    Attributes:
        key_direction: (3,) unit vector towards the main light.
        rim_direction: (3,) unit vector towards the light behind the figure.
        key: strength of the main light.
        sky: of the light from above.
        bounce: of the light from the floor.
        rim: of the light from behind.
        room: factor on the light that falls on floor and wall.
        exposure: factor on all light that reaches the camera.
    """

    key_direction: Floats
    rim_direction: Floats
    key: Floats
    sky: Floats
    bounce: Floats
    rim: Floats
    room: Floats
    exposure: float = 1.0


DAYLIGHT = Light(
    key_direction=direction(-0.42, 0.80, 0.52),
    rim_direction=direction(0.80, 0.35, -0.48),
    key=colour(1.55, 1.47, 1.34),
    sky=colour(0.60, 0.63, 0.68),
    bounce=colour(0.30, 0.25, 0.20),
    rim=colour(0.16, 0.19, 0.24),
    room=colour(1.0, 1.0, 1.0),
)
"""The sample clip's."""
