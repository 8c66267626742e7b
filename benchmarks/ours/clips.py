"""Several clips at once in one process, a graph for each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from benchmarks.graphflow_side import PYTHON_PROFILE
from benchmarks.ours.stopwatch import Stopwatch
from graphflow import Graph


@lru_cache(maxsize=8)
def _graph(_number: int) -> Graph:
    """Return a graph that keeps its models from run to run."""
    return Graph.load("pose_landmarks", parameters=PYTHON_PROFILE)


def run(clip: str, frames: int, count: int, threads: int | None) -> dict[str, Any]:
    """Time `count` graphs, each over the clip, with so many workers each (None: the default)."""
    side_packets = {"input_path": clip, "landmarks_path": "", "max_frames": frames}
    graphs = [_graph(number) for number in range(count)]
    watch = Stopwatch()
    for graph in graphs:
        graph.start(side_packets, threads=threads)
        graph.close_inputs()
    for graph in graphs:
        graph.wait_until_done()
    return {**watch.seconds(), "frames": frames * count}
