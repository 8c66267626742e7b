"""Turns: measure sides one after another, A B A B, and compare neighbours only.

Whatever else the machine does hits all sides alike, and a ratio is made of runs right after one
another. What counts is the median of such ratios; their lowest and highest say how sure it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

WALL: Final = "wall"
CPU: Final = "cpu"

Sample = Mapping[str, float]
"""What one run gave: seconds by WALL and CPU (processor time of all threads), and the like."""

Round = Mapping[str, Sample]
"""What each side gave in one turn."""

Side = Callable[[], Sample]


@dataclass(frozen=True)
class Spread:
    """A median with the lowest and the highest of what it was made of."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of at least one value.

        Raises:
            ValueError: there are no values.
        """
        if not values:
            raise ValueError("found no values; expected at least one")
        return cls(median(values), min(values), max(values))

    def scaled(self, factor: float) -> Spread:
        """Return it in another unit; `factor` is greater than 0."""
        return Spread(self.median * factor, self.lowest * factor, self.highest * factor)


def take_turns(sides: Mapping[str, Side], rounds: int, *, warm_up: int = 1) -> list[Round]:
    """Run all sides in order, again and again; a dot on stderr for each round.

    Args:
        sides: what to run, by name; the order is that of every round.
        rounds: how many are kept, at least 1.
        warm_up: how many are run before and thrown away.

    Raises:
        ValueError: there is nothing to measure.
    """
    if rounds < 1 or not sides:
        raise ValueError(f"found {rounds} rounds of {len(sides)} sides; expected at least 1")
    taken: list[Round] = []
    for _ in range(warm_up + rounds):
        taken.append({name: run() for name, run in sides.items()})
        print(".", end="", file=sys.stderr, flush=True)
    return taken[warm_up:]


def values(rounds: Sequence[Round], side: str, key: str) -> list[float]:
    """Return what one side gave in each round."""
    return [each[side][key] for each in rounds]


def spread(rounds: Sequence[Round], side: str, key: str, factor: float = 1.0) -> Spread:
    """Return the spread of what one side gave, times a factor for its unit."""
    return Spread.of(values(rounds, side, key)).scaled(factor)


def ratios(rounds: Sequence[Round], over: str, under: str, key: str) -> Spread:
    """Return the spread of one side's value by another's, each within one round.

    Raises:
        ZeroDivisionError: a run took no time.
    """
    pairs = zip(values(rounds, over, key), values(rounds, under, key), strict=True)
    return Spread.of([upper / lower for upper, lower in pairs])
