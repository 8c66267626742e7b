"""Peak memory of `pose_landmarks` over a long clip."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

from benchmarks.graphflow_side import PYTHON_PROFILE
from benchmarks.ours.stopwatch import Stopwatch
from graphflow import Graph


def run(clip: str, marks: list[int]) -> dict[str, Any]:
    """Return peak bytes and seconds after so many frames; the largest mark ends the run.

    Raises:
        ValueError: the clip is too short.
    """
    peaks: list[int] = []
    seconds: list[dict[str, float]] = []
    count = 0

    def note(_: Any) -> None:
        nonlocal count
        count += 1
        if count in marks:
            peaks.append(peak_bytes())
            seconds.append(watch.seconds())

    graph = Graph.load("pose_landmarks", parameters=PYTHON_PROFILE)
    graph.observe("pose_landmarks", note)
    watch = Stopwatch()
    graph.run({"input_path": clip, "landmarks_path": "", "max_frames": max(marks)})
    if len(peaks) < len(marks):
        raise ValueError(f"found {count} frames with a pose; expected {max(marks)}")
    return {"peaks": peaks, "seconds": seconds}


def peak_bytes() -> int:
    """Return the largest memory of this process so far.

    Linux counts in `ru_maxrss` what the parent had when it started this process; VmHWM does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
