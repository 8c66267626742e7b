"""(e) Peak memory, and its growth over a long clip."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.clips import write_repeated
from benchmarks.figures import COST_RATIO, Cost, Figure, Part, at_most, under
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import graphflow_server, mediapipe_server
from benchmarks.turns import Spread

HOW: Final = (
    "The clip of 640 x 480 is repeated to a long one: `pose_landmarks` reads and tracks it, "
    "in a process of its own, and so does a script with OpenCV's `VideoCapture` and "
    "`solutions.pose`. The peak is that of the whole process, after its first frames and at the "
    "end; what it grew in between counts. MediaPipe's script runs over fewer frames, "
    "which can only lower its peak. One run each."
)
MB: Final = 1e6
SETTLED: Final = 500
"""Frames after which queues and buffers have the size that they keep."""


def measure(setting: Setting) -> Part:
    """Run both sides, each in a new process."""
    ours_long, theirs_long = setting.fewer(10_000, 1_000), setting.fewer(1_500, 300)
    clip = setting.folder / "long.mp4"
    write_repeated(setting.small, clip, SETTLED + ours_long)
    with graphflow_server() as server:
        ours = server.ask("peak_memory", clip=str(clip), marks=[SETTLED, SETTLED + ours_long])
    with mediapipe_server(setting.python) as server:
        theirs = server.ask("peak_memory", clip=str(clip), marks=[SETTLED, SETTLED + theirs_long])
    clip.unlink()
    return Part(
        "e", "memory", HOW, figures_of(ours, theirs, SETTLED + ours_long, SETTLED + theirs_long)
    )


def figures_of(
    ours: dict[str, Any], theirs: dict[str, Any], our_frames: int, their_frames: int
) -> list[Figure]:
    """Return the figures of two runs.

    Args:
        ours: peaks in bytes after SETTLED frames and at the end; seconds of wall and CPU time.
        theirs: the same.
        our_frames: how many frames there were to the end.
        their_frames: the same.
    """
    (ours_settled, ours_peak), (theirs_settled, theirs_peak) = ours["peaks"], theirs["peaks"]
    return [
        Figure(
            "peak memory",
            _single(ours_peak / theirs_peak),
            COST_RATIO,
            at_most(1.0),
            Cost("MB", _single(ours_peak / MB)),
            Cost("MB", _single(theirs_peak / MB)),
        ),
        Figure(
            f"growth over {our_frames - SETTLED:,} frames",
            _single((ours_peak - ours_settled) / MB),
            "MB",
            under(5.0),
            _per_frame(ours, our_frames),
        ),
        Figure(
            f"MediaPipe's growth over {their_frames - SETTLED:,} frames",
            _single((theirs_peak - theirs_settled) / MB),
            "MB",
            theirs=_per_frame(theirs, their_frames),
        ),
    ]


def _per_frame(run: dict[str, Any], frames: int) -> Cost:
    return Cost("ms a frame", _single(run["wall"] * MS / frames), _single(run["cpu"] * MS / frames))


def _single(value: float) -> Spread:
    return Spread.of([value])
