"""How long a graph takes to start, in its first run and in a later one."""

from __future__ import annotations

from typing import Any

from benchmarks.graphflow_side import GRAPH
from benchmarks.ours.stopwatch import Stopwatch
from graphflow import Graph
from graphflow.graph import INLINE


def run() -> dict[str, Any]:
    """Time `start` in the caller's thread: models are found, checked, pruned, loaded; nodes open.

    Returns:
        Seconds of loading the graph, of its first start, and of a later one, which has its models.
    """
    watch = Stopwatch()
    graph = Graph.load(GRAPH)
    seconds = {"load": watch.seconds()}
    for name in ("first", "later"):
        watch = Stopwatch()
        graph.start(threads=INLINE)
        seconds[name] = watch.seconds()
        graph.reset()
    return seconds
