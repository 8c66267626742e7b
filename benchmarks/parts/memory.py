"""(e) Peak memory, and its growth over a long clip."""

from __future__ import annotations

import sys
from typing import Any, Final

from benchmarks.clips import write_repeated
from benchmarks.figures import COST_RATIO, Cost, Figure, Part, at_most, under
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import graphflow_server, mediapipe_server
from benchmarks.turns import CPU, WALL, Spread

HOW: Final = (
    "The clip of 640 x 480 is repeated to a long one: `pose_landmarks` reads and tracks it, "
    "in a process of its own, and so does a script with OpenCV's `VideoCapture` and "
    "`solutions.pose`. The peak is that of the whole process, after its first frames and at the "
    "end; what it grew in between counts. MediaPipe's script runs over fewer frames, "
    "which can only lower its peak. One run each. "
    "The last figure is about graphflow alone: whether a frame costs more as a clip goes on."
)
MB: Final = 1e6
SETTLED: Final = 500
"""Frames after which queues and buffers have the size that they keep."""


def measure(setting: Setting) -> Part:
    """Run both sides, each in a new process."""
    ours_long, theirs_long = setting.fewer(10_000, 1_000), setting.fewer(1_500, 300)
    our_marks, their_marks = marks_for(ours_long), marks_for(theirs_long)
    clip = setting.folder / "long.mp4"
    write_repeated(setting.small, clip, our_marks[-1])
    with graphflow_server() as server:
        ours = server.ask("peak_memory", clip=str(clip), marks=our_marks)
    print(".", end="", file=sys.stderr, flush=True)
    with mediapipe_server(setting.python) as server:
        theirs = server.ask("peak_memory", clip=str(clip), marks=their_marks)
    clip.unlink()
    return Part("e", "memory", HOW, figures_of(ours, theirs, our_marks, their_marks))


def marks_for(frames: int) -> list[int]:
    """Return after how many frames to look: settled, a tenth on, a tenth before the end, end."""
    tenth = frames // 10
    return [SETTLED, SETTLED + tenth, SETTLED + frames - tenth, SETTLED + frames]


def figures_of(
    ours: dict[str, Any], theirs: dict[str, Any], our_marks: list[int], their_marks: list[int]
) -> list[Figure]:
    """Return the figures of two runs.

    Args:
        ours: peaks in bytes, and seconds so far of wall and CPU time, at each mark.
        theirs: the same.
        our_marks: as `marks_for` gives them.
        their_marks: the same.
    """
    early, late = (_frame_cost(ours, our_marks, begin) for begin in (0, 2))
    return [
        Figure(
            "peak memory",
            _single(ours["peaks"][-1] / theirs["peaks"][-1]),
            COST_RATIO,
            at_most(1.0),
            Cost("MB", _single(ours["peaks"][-1] / MB)),
            Cost("MB", _single(theirs["peaks"][-1] / MB)),
        ),
        Figure(
            f"growth over {our_marks[-1] - SETTLED:,} frames",
            _single(_growth_mb(ours)),
            "MB",
            under(5.0),
        ),
        Figure(
            f"MediaPipe's growth over {their_marks[-1] - SETTLED:,} frames",
            _single(_growth_mb(theirs)),
            "MB",
        ),
        Figure(
            "a frame of the last tenth, against one of the first",
            _single(late.wall.median / early.wall.median),
            COST_RATIO,
            None,
            late,
            early,
            _single(_median_cpu(late) / _median_cpu(early)),
        ),
    ]


def _growth_mb(run: dict[str, Any]) -> float:
    growth: float = run["peaks"][-1] - run["peaks"][0]
    return growth / MB


def _frame_cost(run: dict[str, Any], marks: list[int], begin: int) -> Cost:
    """Return what a frame took from one mark to the next."""
    frames = marks[begin + 1] - marks[begin]
    before, after = run["seconds"][begin], run["seconds"][begin + 1]
    wall, cpu = (_single((after[key] - before[key]) * MS / frames) for key in (WALL, CPU))
    return Cost("ms a frame", wall, cpu)


def _median_cpu(cost: Cost) -> float:
    assert cost.cpu is not None
    return cost.cpu.median


def _single(value: float) -> Spread:
    return Spread.of([value])
