"""Measure what a hop costs: one node handling one packet, beside MediaPipe's own scheduler.

    python -m benchmarks.scheduler                  print the table
    python -m benchmarks.scheduler --write          also write it into docs/benchmarks.md
    python -m benchmarks.scheduler --pairs 3 --scale 0.2

Both sides run the same graphs of the same calculators, which compute nothing: chains of
PassThroughCalculators, a diamond, and the shape of pose tracking. Each packet is made and added in
Python, the last stream is observed by a Python callback, and all that the engine does in ordinary
runs is included (checks, story, ledger). A run is timed from the first packet to the graph being
idle; starting and closing are not counted. A hop is that time by packets and nodes; where a node is
not called for a packet, but only hands a bound on, it counts all the same, on both sides.

The two sides take turns, A B A B, in one run; a ratio is made of neighbours only, and the median of
the ratios counts. A ratio below 1 says that graphflow is faster. graphflow without threads of its
own is compared with MediaPipe on one. The first turn warms up and is thrown away.

Exit code 1 if a side lost packets, 2 if there was nothing to measure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final

from benchmarks.mediapipe_environment import VERSION, EnvironmentProblem, python_with_mediapipe
from benchmarks.scheduler_shapes import FEED, Shape, chain, diamond, pose
from graphflow import Graph, Packet
from graphflow.graph import INLINE

SCRIPT: Final = Path(__file__).with_name("mediapipe_scheduler.py")
DOCUMENT: Final = Path("docs/benchmarks.md")
BEGIN: Final = "<!-- begin: written by python -m benchmarks.scheduler --write -->\n"
END: Final = "<!-- end -->\n"

CHAINS: Final = {1: 6000, 10: 3000, 100: 600, 1000: 60}
"""Length of each chain, and the packets sent through it in one run."""


@dataclass(frozen=True)
class Mode:
    """On how many threads each side runs."""

    name: str
    ours: int
    theirs: int


MODES: Final = (Mode("inline", INLINE, 1), Mode("1 thread", 1, 1), Mode("2 threads", 2, 2))


@dataclass(frozen=True)
class Hop:
    """One run: microseconds for each packet and node."""

    wall_us: float
    cpu_us: float


@dataclass(frozen=True)
class Pair:
    """Two runs right after one another."""

    theirs: Hop
    ours: Hop


Ask = Callable[[Shape, int], Hop]
Results = dict[tuple[Shape, Mode], list[Pair]]


class LostPackets(Exception):
    """A side did not observe every packet that was sent."""


def shapes(scale: float) -> list[Shape]:
    """Return the graphs, with their numbers of packets scaled."""
    made = [chain(length, packets) for length, packets in CHAINS.items()]
    made += [diamond(4000), pose(800)]
    return [
        Shape(each.name, each.nodes, each.observed, max(2, int(each.packets * scale)))
        for each in made
    ]


def hop_of(shape: Shape, who: str, wall: float, cpu: float, seen: int) -> Hop:
    """Return a run's cost by hop.

    Raises:
        LostPackets: not every packet came out.
    """
    if seen != shape.packets:
        raise LostPackets(f"{shape.name}, {who}: {seen} of {shape.packets} packets came out")
    hops = shape.packets * len(shape.nodes) / 1e6
    return Hop(wall / hops, cpu / hops)


def run_graphflow(shape: Shape, threads: int) -> Hop:
    """Run a shape here.

    Raises:
        LostPackets: not every packet came out.
    """
    seen = 0

    def count(_: Packet) -> None:
        nonlocal seen
        seen += 1

    graph = Graph.from_dict(shape.as_config())
    graph.observe(shape.observed, count)
    graph.start(threads=threads)
    graph.wait_until_idle()
    add = graph.add_packet
    wall, cpu = perf_counter(), process_time()
    for number in range(shape.packets):
        add(FEED, number, number)
    graph.wait_until_idle()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    graph.close_inputs()
    graph.wait_until_done()
    return hop_of(shape, "graphflow", wall, cpu, seen)


@contextmanager
def mediapipe_server(python: Path) -> Iterator[Ask]:
    """Start MediaPipe in its own environment; give a function that runs a shape there."""
    with subprocess.Popen(
        [str(python), str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        requests, answers = process.stdin, process.stdout
        assert requests and answers

        def ask(shape: Shape, threads: int) -> Hop:
            request = {
                "graph": shape.as_text(),
                "observed": shape.observed,
                "packets": shape.packets,
                "threads": threads,
            }
            print(json.dumps(request), file=requests, flush=True)
            line = answers.readline()
            if not line:
                raise EnvironmentProblem("MediaPipe ended without an answer")
            return hop_of(shape, "MediaPipe", **json.loads(line))

        try:
            yield ask
        finally:
            requests.close()


def measure(ask: Ask, run: Ask, made: Sequence[Shape], pairs: int) -> Results:
    """Let the two sides take turns on every shape; the first turn is thrown away."""
    results: Results = {}
    for shape in made:
        for mode in MODES:
            turns = [Pair(ask(shape, mode.theirs), run(shape, mode.ours)) for _ in range(pairs + 1)]
            results[shape, mode] = turns[1:]
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results


def table(results: Results) -> str:
    """Return the results as a table in Markdown."""
    lines = [
        "| graph | graphflow | MediaPipe wall | ours | ratio | MediaPipe CPU | ours | ratio |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for (shape, mode), pairs in results.items():
        cells = [shape.name, mode.name]
        for is_cpu in (False, True):
            theirs = [_time(pair.theirs, is_cpu) for pair in pairs]
            ours = [_time(pair.ours, is_cpu) for pair in pairs]
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            cells += [f"{median(theirs):.2f}", f"{median(ours):.2f}"]
            cells.append(f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _time(hop: Hop, is_cpu: bool) -> float:
    return hop.cpu_us if is_cpu else hop.wall_us


def flatness(results: Results) -> str:
    """Say how a hop's cost in the longest chain relates to that in the one a tenth as long."""
    by_name = {(shape.name, mode.name): pairs for (shape, mode), pairs in results.items()}
    parts = []
    for mode in MODES:
        small, large = (by_name.get((f"chain of {size}", mode.name)) for size in ("100", "1,000"))
        if small and large:
            ours = median(p.ours.cpu_us for p in large) / median(p.ours.cpu_us for p in small)
            theirs = median(p.theirs.cpu_us for p in large) / median(p.theirs.cpu_us for p in small)
            parts.append(f"{mode.name} {ours:.2f} (MediaPipe {theirs:.2f})")
    return (
        "CPU time of a hop in a chain of 1,000 by that in a chain of 100, where 1 is flat: "
        f"{'; '.join(parts)}."
    )


def machine() -> str:
    """Describe this machine in general terms."""
    system, python = platform.system(), platform.python_version()
    return f"{os.cpu_count()} cores ({platform.machine()}), {system}, Python {python}"


def report(results: Results, pairs: int) -> str:
    """Return everything that belongs into the document."""
    return (
        f"Microseconds a hop, medians of {pairs} pairs; ratios: median of pairs (lowest to "
        f"highest). {machine()}; MediaPipe {VERSION}.\n\n{table(results)}\n\n{flatness(results)}\n"
    )


def with_report(document: str, text: str) -> str:
    """Return a document with the text between its marks replaced.

    Raises:
        ValueError: it has no marks.
    """
    head, begin, rest = document.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("the document has no marks for the table")
    return f"{head}{BEGIN}\n{text}\n{END}{tail}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 if no packet was lost, 1 if some were, 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=7, help="turns of each side (%(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="of packets (%(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write into {DOCUMENT}")
    given = parser.parse_args(arguments)
    if given.pairs < 1:
        parser.error("there must be at least 1 pair")
    try:
        with mediapipe_server(python_with_mediapipe()) as ask:
            results = measure(ask, run_graphflow, shapes(given.scale), given.pairs)
    except (EnvironmentProblem, OSError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except LostPackets as problem:
        print(problem, file=sys.stderr)
        return 1
    text = report(results, given.pairs)
    print(text)
    if given.write:
        DOCUMENT.write_text(
            with_report(DOCUMENT.read_text(encoding="utf-8"), text), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
