"""(a) Landmarks alone, of frames already decoded, one inference thread on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.figures import FASTER, Check, Figure, Part, Target, at_least, cost
from benchmarks.parity import MASK_TOLERANCE
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import Server, graphflow_server, mediapipe_server
from benchmarks.turns import CPU, WALL, Round, Sample, ratios, take_turns

HOW: Final = (
    "Both sides get the frames of a 640 x 480 clip already decoded: MediaPipe by "
    "`solutions.pose`, graphflow by `pose_landmark_cpu` with the same options. *One at a time* "
    "waits for each answer before the next frame, and graphflow works in the caller's thread "
    "(`threads=INLINE`); *pipelined* hands in all frames, as a graph with a source does, and has "
    "a worker for each core. The first frame is not counted."
)
THEIRS: Final = "MediaPipe"
SYNCHRONOUS: Final = "one at a time"
PIPELINED: Final = "pipelined"
MASKS: Final = (5, 20, 35)
"""Frames whose masks are compared."""


@dataclass(frozen=True)
class Mode:
    """What both sides are asked for."""

    name: str
    goal: Target
    static: bool = False
    segmentation: bool = False


MODES: Final = (
    Mode("tracking", at_least(2.0)),
    Mode("static (the detector on every frame)", at_least(1.4), static=True),
    Mode("tracking with segmentation", at_least(1.3), segmentation=True),
)


@dataclass
class Equality:
    """How the answers of all runs compare so far."""

    answers: int = 0
    poses: int = 0
    floats_unequal: int = 0
    masks: int = 0
    mask_max: float = 0.0

    @property
    def is_held(self) -> bool:
        """Whether all that must be equal is, and there was something to compare."""
        return self.poses > 0 and not self.floats_unequal and self.mask_max <= MASK_TOLERANCE

    def add(self, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        """Compare the answers of two runs over the same frames."""
        self.answers += 1
        self.poses += int(np.count_nonzero(~np.isnan(theirs["landmarks"][:, 0, 0])))
        for name in ("landmarks", "world"):
            self.floats_unequal += unequal_floats(ours[name], theirs[name])
        for name in sorted({*ours, *theirs} - {"landmarks", "world"}):
            self.masks += 1
            self.mask_max = max(self.mask_max, mask_difference(ours.get(name), theirs.get(name)))

    def as_check(self, name: str) -> Check:
        """Return it as a check."""
        found = f"{self.floats_unequal} of the floats of {self.poses:,} poses differ"
        if self.masks:
            found += f"; {self.masks} masks differ by at most {self.mask_max:.1g}"
        return Check(f"equal answers, {name}", self.is_held, found)


def unequal_floats(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> int:
    """Return how many numbers differ, NaN being equal to NaN."""
    if ours.shape != theirs.shape:
        return max(ours.size, theirs.size)
    return int(np.count_nonzero((ours != theirs) & ~(np.isnan(ours) & np.isnan(theirs))))


def mask_difference(ours: Any, theirs: Any) -> float:
    """Return the largest difference of two masks, infinite if one is not there."""
    if ours is None or theirs is None or np.squeeze(ours).shape != np.squeeze(theirs).shape:
        return float("inf")
    return float(np.abs(np.squeeze(ours) - np.squeeze(theirs)).max(initial=0.0))


def measure(setting: Setting) -> Part:
    """Measure all modes."""
    figures: list[Figure] = []
    checks: list[Check] = []
    with graphflow_server() as ours, mediapipe_server(setting.python) as theirs:
        for mode in MODES:
            equality = Equality()
            rounds = take_turns(_sides(setting, mode, ours, theirs, equality), setting.rounds)
            figures += figures_of(mode, rounds)
            checks.append(equality.as_check(mode.name))
    return Part("a", "landmarks alone", HOW, figures, checks, rounds=setting.rounds)


def figures_of(mode: Mode, rounds: list[Round]) -> list[Figure]:
    """Return a figure for each way of running graphflow; the target is for one at a time."""
    return [
        Figure(
            f"{mode.name}, {side}",
            ratios(rounds, THEIRS, side, WALL),
            FASTER,
            mode.goal if side == SYNCHRONOUS else None,
            cost(rounds, side, "ms a frame", MS),
            cost(rounds, THEIRS, "ms a frame", MS),
            ratios(rounds, THEIRS, side, CPU),
        )
        for side in (SYNCHRONOUS, PIPELINED)
    ]


def _sides(
    setting: Setting, mode: Mode, ours: Server, theirs: Server, equality: Equality
) -> dict[str, Any]:
    request = {
        "clip": str(setting.small),
        "frames": setting.frames(100, 40),
        "static": mode.static,
        "segmentation": mode.segmentation,
        "masks": MASKS,
    }
    their_answers = setting.folder / "theirs.npz"

    def run_theirs() -> Sample:
        return per_frame(theirs.ask("landmarks", answers=str(their_answers), **request))

    def run_ours(waits: bool) -> Sample:
        answers = setting.folder / "ours.npz"
        seconds = ours.ask("landmarks", answers=str(answers), waits=waits, **request)
        equality.add(_arrays(answers), _arrays(their_answers))
        return per_frame(seconds)

    return {
        THEIRS: run_theirs,
        SYNCHRONOUS: lambda: run_ours(True),
        PIPELINED: lambda: run_ours(False),
    }


def per_frame(answer: Mapping[str, Any]) -> Sample:
    """Return the seconds of an answer by its frames."""
    return {key: answer[key] / answer["frames"] for key in ("wall", "cpu")}


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return dict(file)
