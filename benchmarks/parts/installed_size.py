"""(g) What an installation takes on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from benchmarks.figures import COST_RATIO, Check, Cost, Figure, Part, at_most
from benchmarks.mediapipe_environment import THEIRS
from benchmarks.parts.setting import Setting
from benchmarks.turns import Spread
from graphflow.nodes.resources import default_store

HOW: Final = (
    "The files of the package and of everything that it requires, in both environments, without "
    "compiled .pyc files; for graphflow with the two models' weights, which MediaPipe's wheel "
    "holds. What neither needs to run (pip, tools) is not counted."
)
OURS: Final = "graphflow-perception"
MODELS: Final = ("pose_detection", "pose_landmark_full")
MB: Final = 1e6
SHOWN: Final = 5
REPOSITORY: Final = Path(__file__).resolve().parent.parent.parent
CONTENTS: Final = ("graphflow", "calculators", "graphs")
"""Folders that are in our wheel, for an environment that has the checkout itself installed."""


def measure(setting: Setting) -> Part:
    """Add up both environments."""
    ours = _sizes(sys.executable, OURS)
    if _is_editable():
        ours[OURS] = sum(_folder_size(REPOSITORY / name) for name in CONTENTS)
    ours["weights"] = sum(default_store().find(name).stat().st_size for name in MODELS)
    theirs = _sizes(str(setting.python), "mediapipe")
    return Part("g", "installed size", HOW, [figure_of(ours, theirs)], _largest(ours, theirs))


def figure_of(ours: dict[str, int], theirs: dict[str, int]) -> Figure:
    """Return the figure for bytes by package."""
    our_sum, their_sum = sum(ours.values()), sum(theirs.values())
    return Figure(
        "installed size",
        Spread.of([our_sum / their_sum]),
        COST_RATIO,
        at_most(0.5),
        Cost("MB", Spread.of([our_sum / MB])),
        Cost("MB", Spread.of([their_sum / MB])),
    )


def listed(sizes: dict[str, int]) -> str:
    """Name the largest packages."""
    largest = sorted(sizes.items(), key=lambda each: -each[1])[:SHOWN]
    return ", ".join(f"{name} {size / MB:.0f} MB" for name, size in largest)


def _largest(ours: dict[str, int], theirs: dict[str, int]) -> list[Check]:
    return [
        Check("graphflow is installed with all it needs", len(ours) > SHOWN, listed(ours)),
        Check("MediaPipe is installed with all it needs", len(theirs) > SHOWN, listed(theirs)),
    ]


def _sizes(python: str, package: str) -> dict[str, int]:
    command: Sequence[str] = [python, str(THEIRS / "installed_size.py"), package]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    sizes: dict[str, int] = json.loads(run.stdout)
    return sizes


def _is_editable() -> bool:
    return not any(file.name == "graph.py" for file in distribution(OURS).files or ())


def _folder_size(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files)
