"""How much a region may be wrong: PDJ against its shift, scale and roll.

BlazePose's model card (July 2020) claims that the landmarks bear a region that is shifted or scaled
by 10 %, or turned by 8 degrees.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graphflow.evaluation.card import (
    TOLERATED_ROLL_DEG,
    TOLERATED_SCALE_PERCENT,
    TOLERATED_SHIFT_PERCENT,
)
from graphflow.evaluation.regions import UNDISTURBED, Disturbance

Measure = Callable[[Disturbance], Sequence[float]]
"""Looks at all samples in regions that are disturbed so, and gives the PDJ of each, percent."""


@dataclass(frozen=True)
class SweptPoint:
    """PDJ at one disturbance.

    Attributes:
        amount: of the disturbance, in the line's unit; 0 for none.
        samples: how many PDJ applies to.
        pdj: their mean, percent.
        deviation: standard deviation of the samples' PDJ (with n - 1); None for one sample.
        difference: points of PDJ more than with undisturbed regions.
    """

    amount: float
    samples: int
    pdj: float
    deviation: float | None
    difference: float


@dataclass(frozen=True)
class SweptLine:
    """PDJ against one kind of disturbance.

    Attributes:
        kind: shift, scale or roll.
        unit: of amounts, and of what they are shares.
        limit: the largest amount that the model card claims to be tolerated, either way.
        points: in order of amounts.
        largest_loss: points of PDJ that are lost at most within the limit; 0 if none are.
    """

    kind: str
    unit: str
    limit: float
    points: tuple[SweptPoint, ...]
    largest_loss: float


@dataclass(frozen=True)
class Sweep:
    """PDJ against each kind of disturbance; one kind at a time."""

    lines: tuple[SweptLine, ...]


@dataclass(frozen=True)
class _Kind:
    name: str
    unit: str
    limit: float
    amounts: tuple[float, ...]
    disturbance: Callable[[float], Disturbance]


_KINDS: Final = (
    _Kind(
        "shift",
        "% of the region's side",
        TOLERATED_SHIFT_PERCENT,
        (0, 5, 10, 15, 20, 25),
        lambda amount: Disturbance(shift=amount / 100),
    ),
    _Kind(
        "scale",
        "% of the region's side",
        TOLERATED_SCALE_PERCENT,
        (-25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25),
        lambda amount: Disturbance(scale=1 + amount / 100),
    ),
    _Kind(
        "roll",
        "degrees, clockwise",
        TOLERATED_ROLL_DEG,
        (-24, -16, -8, -4, 0, 4, 8, 16, 24),
        lambda amount: Disturbance(roll_rad=math.radians(amount)),
    ),
)


def disturbances() -> Iterator[Disturbance]:
    """Yield what a sweep looks at: no disturbance first, then each kind by itself."""
    yield UNDISTURBED
    for kind in _KINDS:
        for amount in kind.amounts:
            if amount:
                yield kind.disturbance(amount)


def sweep(measure: Measure) -> Sweep:
    """Measure PDJ at each disturbance, each of them once.

    Args:
        measure: gives the PDJ of each sample, for the same samples each time; at least one.

    Raises:
        ValueError: it gives none, or of another number of samples than undisturbed.
    """
    found = {each: tuple(measure(each)) for each in disturbances()}
    right = found[UNDISTURBED]
    for each, values in found.items():
        if not values or len(values) != len(right):
            raise ValueError(
                f"{each}: found PDJ of {len(values)} samples; expected {len(right)}, at least one"
            )
    return Sweep(tuple(_line(kind, found, statistics.fmean(right)) for kind in _KINDS))


def _line(kind: _Kind, found: dict[Disturbance, tuple[float, ...]], right: float) -> SweptLine:
    points = tuple(
        _point(amount, found[kind.disturbance(amount) if amount else UNDISTURBED], right)
        for amount in kind.amounts
    )
    losses = [-each.difference for each in points if abs(each.amount) <= kind.limit]
    return SweptLine(kind.name, kind.unit, kind.limit, points, max(0.0, *losses))


def _point(amount: float, values: Sequence[float], right: float) -> SweptPoint:
    mean = statistics.fmean(values)
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return SweptPoint(amount, len(values), mean, deviation, mean - right)
