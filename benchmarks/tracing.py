"""What tracing costs: the pose graph on the sample clip, with and without, in turns.

    python -m benchmarks.tracing [--pairs N]

Prints, for a trace file and for a profile, by how much wall and CPU time grow: the ratio of the
quickest runs, which a busy machine disturbs least, and the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from graphflow import Graph
from graphflow.trace import Profile, TraceFile, Tracer

CLIP = Path(__file__).resolve().parent.parent / "samples" / "figure.mp4"


def timed(graph: Graph, tracer: Tracer | None, folder: Path) -> tuple[float, float]:
    """Run the graph once; return seconds of wall and of CPU time, models loaded before."""
    sides = {
        "input_path": str(CLIP),
        "output_path": str(folder / "tracked.mp4"),
        "landmarks_path": str(folder / "landmarks.jsonl"),
    }
    wall, cpu = time.perf_counter(), time.process_time()
    graph.run(sides, trace=tracer)
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=9)
    pairs = parser.parse_args().pairs
    graph = Graph.load("pose_tracking")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds: dict[str, Callable[[], Tracer]] = {
            "--trace": lambda: Tracer(TraceFile(folder / "trace.json")),
            "--profile": lambda: Tracer(Profile()),
        }
        timed(graph, None, folder)
        for kind, make in kinds.items():
            pairs_of: list[dict[bool, tuple[float, float]]] = []
            for number in range(pairs):
                order: list[Tracer | None] = [None, make()]
                pairs_of.append(
                    {
                        tracer is not None: timed(graph, tracer, folder)
                        for tracer in (order if number % 2 else order[::-1])
                    }
                )
            for position, what in enumerate(("wall", "CPU")):
                traced = [pair[True][position] for pair in pairs_of]
                plain = [pair[False][position] for pair in pairs_of]
                median = statistics.median(a / b for a, b in zip(traced, plain, strict=True))
                print(f"{kind:<10} {what:<5} {min(traced) / min(plain):.3f} (median {median:.3f})")


if __name__ == "__main__":
    main()
