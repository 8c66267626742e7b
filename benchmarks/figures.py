"""Figures: what a run of the benchmarks found, with targets, and the JSON file it is kept in."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from benchmarks.turns import CPU, WALL, Round, Spread, spread

LIBRARIES: Final = ("ai-edge-litert", "opencv-python-headless", "numpy")


class ResultsProblem(Exception):
    """The results' file is missing or not ours; the message says what to do."""


class Direction(str, Enum):
    """On which side of its limit a value must lie."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    UNDER = "under"


@dataclass(frozen=True)
class Target:
    """What a figure is to reach."""

    direction: Direction
    limit: float

    def is_met(self, value: float) -> bool:
        """Tell whether a value reaches it."""
        if self.direction is Direction.AT_LEAST:
            return value >= self.limit
        if self.direction is Direction.AT_MOST:
            return value <= self.limit
        return value < self.limit


def at_least(limit: float) -> Target:
    """Return a target that more is better for."""
    return Target(Direction.AT_LEAST, limit)


def at_most(limit: float) -> Target:
    """Return a target that less is better for."""
    return Target(Direction.AT_MOST, limit)


def under(limit: float) -> Target:
    """Return a target that less is better for, the limit itself being too much."""
    return Target(Direction.UNDER, limit)


@dataclass(frozen=True)
class Cost:
    """What one side took: wall time beside processor time, or a size alone.

    Attributes:
        unit: of both, such as "ms a frame".
        cpu: of all threads; None where there is none, as with sizes.
    """

    unit: str
    wall: Spread
    cpu: Spread | None = None


def cost(rounds: list[Round], side: str, unit: str, factor: float) -> Cost:
    """Return what a side took, in a unit of which `factor` make a second."""
    return Cost(unit, spread(rounds, side, WALL, factor), spread(rounds, side, CPU, factor))


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured.
        value: what is judged.
        unit: of the value: "x faster" and "x the cost" compare with MediaPipe, or with what the
            name says; others are absolute.
        target: None where nothing is promised.
        ours: what graphflow took.
        theirs: what MediaPipe took, or what else graphflow is compared with.
        by_cpu: the value made of processor times, which other work on the machine hardly moves.
    """

    name: str
    value: Spread
    unit: str
    target: Target | None = None
    ours: Cost | None = None
    theirs: Cost | None = None
    by_cpu: Spread | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the median reaches the target; None without one."""
        return None if self.target is None else self.target.is_met(self.value.median)


FASTER = "x faster"
COST_RATIO = "x the cost"


@dataclass(frozen=True)
class Check:
    """Something that must hold for the figures to mean anything, such as equal answers."""

    name: str
    is_held: bool
    found: str


@dataclass(frozen=True)
class Stage:
    """A part of a frame's time, in milliseconds of wall time, in each of several jobs."""

    name: str
    milliseconds: dict[str, float]


@dataclass(frozen=True)
class Part:
    """What one part of the benchmarks found.

    Attributes:
        letter: how it is chosen on the command line.
        how: one sentence: what ran on both sides.
        rounds: how many turns of every side were kept.
        is_quick: whether it was a short run, whose figures are rough.
        machine: what it ran on, in general terms.
        seconds: how long it took.
    """

    letter: str
    title: str
    how: str
    figures: list[Figure]
    checks: list[Check] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    rounds: int = 1
    is_quick: bool = False
    machine: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Results:
    """All parts, in order of their letters."""

    parts: list[Part] = field(default_factory=list)

    def with_part(self, part: Part) -> Results:
        """Return the results with a part in the place of an older one."""
        others = [each for each in self.parts if each.letter != part.letter]
        return Results(sorted([*others, part], key=lambda each: each.letter))

    def figures(self) -> Iterator[Figure]:
        """Yield every figure."""
        for part in self.parts:
            yield from part.figures

    @property
    def is_sound(self) -> bool:
        """Whether every check of every part holds."""
        return all(check.is_held for part in self.parts for check in part.checks)


_ADAPTER = TypeAdapter(Results)


def load(path: Path) -> Results:
    """Read results.

    Raises:
        ResultsProblem: there are none, or the file is something else.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ResultsProblem(f"{path} is not there; make bench writes it") from None
    except ValidationError as fault:
        raise ResultsProblem(f"{path} has no results of this version: {fault}") from fault


def save(results: Results, path: Path) -> None:
    """Write results; numbers are cut to six digits."""
    plain = _rounded(_ADAPTER.dump_python(results, mode="json"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def this_machine() -> str:
    """Describe this machine, and the libraries that do the work, in general terms."""
    processor = _processor() or platform.machine()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({processor}), {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def _processor() -> str:
    """Return the processor's name where the system tells it in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
