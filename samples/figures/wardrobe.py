"""Other colours for skin and clothes; patterns stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from samples.figure.body import SHIRT, TROUSERS
from samples.figure.limbs import SHOE
from samples.figure.parts import SKIN, Part
from samples.figure.sdf import Floats

Colour = tuple[float, float, float]

SKINS: dict[str, Colour] = {
    "light": (0.78, 0.52, 0.40),
    "medium": (0.52, 0.30, 0.19),
    "dark": (0.16, 0.085, 0.055),
}
"""Linear RGB reflectances, by name."""

CLOTHES: dict[str, tuple[Colour, Colour, Colour]] = {
    "blue and black": (SHIRT, TROUSERS, SHOE),
    "red and blue": ((0.45, 0.04, 0.04), (0.05, 0.09, 0.22), (0.30, 0.30, 0.30)),
    "white and grey": ((0.62, 0.62, 0.58), (0.22, 0.22, 0.23), (0.10, 0.10, 0.10)),
    "green and sand": ((0.07, 0.22, 0.09), (0.42, 0.33, 0.20), (0.18, 0.09, 0.04)),
    "all black": ((0.03, 0.03, 0.035), (0.025, 0.025, 0.03), (0.03, 0.03, 0.03)),
}
"""Shirt, trousers and shoes, by name."""


def dressed(parts: Sequence[Part], skin: str, clothes: str) -> list[Part]:
    """Return a figure's parts in other colours.

    Args:
        parts: of `samples.figure.body.body_parts`.
        skin: a name of SKINS.
        clothes: a name of CLOTHES.
    """
    shirt, trousers, shoes = CLOTHES[clothes]
    factors = {
        "shirt": _factor(SHIRT, shirt),
        "trousers": _factor(TROUSERS, trousers),
        "head": _factor(SKIN, SKINS[skin]),
        "arm": _factor(SKIN, SKINS[skin]),
        "hand": _factor(SKIN, SKINS[skin]),
        "shoe": _factor(SHOE, shoes),
    }
    return [
        replace(part, paint=_tinted(part.paint, factors[kind]))
        if (kind := part.name.split()[-1]) in factors
        else part
        for part in parts
    ]


def _factor(old: Colour, new: Colour) -> Floats:
    factors = [[after / before] for before, after in zip(old, new, strict=True)]
    return np.array(factors, np.float32)


def _tinted(paint: Callable[[Floats], Floats], factor: Floats) -> Callable[[Floats], Floats]:
    def painted(points: Floats) -> Floats:
        return np.asarray(np.clip(paint(points) * factor, 0, 0.9), np.float32)

    return painted
