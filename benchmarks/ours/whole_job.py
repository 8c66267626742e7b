"""The whole job by `pose_tracking`: decode, track, draw, encode; timed."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.graphflow_side import PYTHON_PROFILE
from benchmarks.ours.stopwatch import Stopwatch
from graphflow import Graph, Packet


def run(clip: str, frames: int, output: str, answers: str) -> dict[str, Any]:
    """Time everything from loading the graph to the closed video.

    The landmarks (F, 33, 4) go to the file `answers` afterwards, NaN where there is no pose.
    """
    times: list[int] = []
    found: dict[int, Any] = {}

    def note_pose(packet: Packet) -> None:
        found[packet.timestamp] = packet.value

    watch = Stopwatch()
    graph = Graph.load("pose_tracking", parameters=PYTHON_PROFILE)
    graph.observe("image_with_pose", lambda packet: times.append(packet.timestamp))
    graph.observe("pose_landmarks", note_pose)
    graph.run(
        {"input_path": clip, "output_path": output, "landmarks_path": "", "max_frames": frames}
    )
    seconds = watch.seconds()
    absent = np.full((33, 4), np.nan, np.float32)
    np.savez(answers, landmarks=np.stack([found.get(time, absent)[:, :4] for time in times]))
    return {**seconds, "frames": len(times)}
