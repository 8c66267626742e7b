"""How long a graph takes to start, in its first run and in later ones.

    python -m benchmarks.start_up

The time is that of `start()` in the caller's thread: models are found, verified, pruned and loaded,
and every node is opened. Later runs have the graph's models already.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from graphflow import Graph
from graphflow.graph import INLINE

GRAPH = "pose_landmark_cpu"


def measure(runs: int) -> list[float]:
    """Return how long each of several runs of one graph took to start, in milliseconds."""
    graph = Graph.load(GRAPH)
    times = []
    for _ in range(runs):
        begin = perf_counter()
        graph.start(threads=INLINE)
        times.append(1000.0 * (perf_counter() - begin))
        graph.reset()
    return times


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the medians over several graphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", type=int, default=9, help="graphs that are loaded anew")
    parser.add_argument("--runs", type=int, default=5, help="runs of each graph")
    chosen = parser.parse_args(arguments)
    measure(1)  # imports the runtime, and brings the files into memory
    times = [measure(chosen.runs) for _ in range(chosen.graphs)]
    print(f"first run: {median(each[0] for each in times):.1f} ms")
    print(f"later runs: {median(time for each in times for time in each[1:]):.1f} ms")


if __name__ == "__main__":
    main()
