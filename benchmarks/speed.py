"""Measure graphflow's speed against MediaPipe's own, on the same frames in the same run.

    python -m benchmarks.speed                     the sample clip
    python -m benchmarks.speed clip.mp4            any clip
    python -m benchmarks.speed --pairs 9 --frames 200 --no-memory

Both sides get the clip's frames already decoded, stamp them 33333 us apart, and compute the same
answers (benchmarks.parity shows that they are equal to the bit); MediaPipe through its Python
Solutions API, graphflow through pose_landmark_cpu, one thread of inference each. They take turns,
A B A B, so that whatever else the machine does hits both; a ratio is made of neighbours only, and
the median of the ratios is what counts. A ratio below 1 says that graphflow is faster. The first
frame, on which both still allocate, is not counted.

graphflow is measured twice: *synchronous*, waiting for each frame's answer before the next frame,
as MediaPipe's `process` does; and *pipelined*, handing in all frames at once, as a graph with a
source does. Where a frame's time goes, and how memory grows with a clip's length, follows.

Exit code 1 if the two sides found a pose on different numbers of frames, 2 if there was nothing to
measure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import IO, Final

from rich.console import Console
from rich.table import Table

from benchmarks.graphflow_side import GRAPH, PYTHON_PROFILE
from benchmarks.mediapipe_environment import SCRIPT, EnvironmentProblem, python_with_mediapipe
from benchmarks.memory import Growth, measure_growth
from calculators.media.video_reader import VideoReader
from calculators.types import RgbImage
from graphflow import Graph, Packet
from graphflow.errors import GraphflowError
from graphflow.graph import NodeTime

FRAME_STEP_US: Final = 33333
"""How far apart MediaPipe's Python API stamps frames, whatever the clip says."""

SAMPLE: Final = Path("samples/figure.mp4")
SLOWEST_SHOWN: Final = 16


@dataclass(frozen=True)
class Mode:
    """What both sides are asked for."""

    name: str
    static: bool = False
    segmentation: bool = False


MODES: Final = (
    Mode("tracking, landmarks"),
    Mode("static, landmarks", static=True),
    Mode("tracking, landmarks and mask", segmentation=True),
)


@dataclass(frozen=True)
class Timing:
    """One run over the frames.

    Attributes:
        wall_ms: Time per frame.
        cpu_ms: Processor time per frame, of all threads.
        found: Frames with a pose.
    """

    wall_ms: float
    cpu_ms: float
    found: int


@dataclass(frozen=True)
class Pair:
    """Runs right after one another: MediaPipe, then graphflow both ways."""

    mediapipe: Timing
    synchronous: Timing
    pipelined: Timing


# ---- graphflow's side ---------------------------------------------------------------------------


def run_graphflow(
    frames: Sequence[RgbImage], mode: Mode, *, waits: bool
) -> tuple[Timing, list[NodeTime]]:
    """Run the graph over frames.

    Args:
        frames: at least 2, of (H, W, 3) uint8.
        mode: what to compute.
        waits: whether each frame's answer is waited for before the next frame is fed.

    Returns:
        The timing without the first frame, and what each node took, with it.
    """
    found = [0]

    def count(_: Packet) -> None:
        found[0] += 1

    graph = Graph.load(GRAPH, parameters=PYTHON_PROFILE)
    graph.observe("pose_landmarks", count)
    # What MediaPipe's Python API reads of every result.
    graph.observe("pose_world_landmarks", lambda packet: None)
    if mode.segmentation:
        graph.observe("segmentation_mask", lambda packet: None)
    graph.start(
        {
            "use_prev_landmarks": not mode.static,
            "smooth_landmarks": not mode.static,
            "enable_segmentation": mode.segmentation,
            "smooth_segmentation": not mode.static,
        }
    )
    graph.add_packet("image", frames[0], FRAME_STEP_US)
    graph.wait_until_idle()
    wall, cpu = perf_counter(), process_time()
    for number, frame in enumerate(frames[1:], 2):
        graph.add_packet("image", frame, number * FRAME_STEP_US)
        if waits:
            graph.wait_until_idle()
    graph.wait_until_idle()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    graph.close_inputs()
    graph.wait_until_done()
    timed = len(frames) - 1
    return Timing(wall / timed * 1e3, cpu / timed * 1e3, found[0]), graph.node_times()


def read_frames(clip: Path, limit: int) -> list[RgbImage]:
    """Decode a clip's first frames."""
    reader = VideoReader(clip)
    try:
        return [image for _, image in islice(reader, limit)]
    finally:
        reader.close()


# ---- MediaPipe's side ---------------------------------------------------------------------------


@contextmanager
def mediapipe_server(python: Path) -> Iterator[Callable[[Path, int, Mode], Timing]]:
    """Start MediaPipe in its own environment; give a function that times one run there."""
    command = [str(python), str(SCRIPT), "serve"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        pipes: tuple[IO[str], IO[str]] = (process.stdin, process.stdout)
        try:
            yield lambda clip, limit, mode: _ask(pipes, clip, limit, mode)
        finally:
            process.stdin.close()


def _ask(pipes: tuple[IO[str], IO[str]], clip: Path, limit: int, mode: Mode) -> Timing:
    request = {
        "clip": str(clip),
        "frames": limit,
        "static": mode.static,
        "segmentation": mode.segmentation,
    }
    requests, answers = pipes
    print(json.dumps(request), file=requests, flush=True)
    line = answers.readline()
    if not line:
        raise EnvironmentProblem("MediaPipe ended without an answer; does it open the clip?")
    answer = json.loads(line)
    wall = answer["wall"][1:]
    return Timing(sum(wall) / len(wall) * 1e3, answer["cpu"] / len(wall) * 1e3, answer["found"])


# ---- measuring and showing ----------------------------------------------------------------------


def measure(
    ask: Callable[[Path, int, Mode], Timing],
    clip: Path,
    frames: Sequence[RgbImage],
    mode: Mode,
    pairs: int,
) -> list[Pair]:
    """Let the two sides take turns; the first turn warms up and is thrown away."""
    measured = []
    for _ in range(pairs + 1):
        theirs = ask(clip, len(frames), mode)
        synchronous, _times = run_graphflow(frames, mode, waits=True)
        pipelined, _times = run_graphflow(frames, mode, waits=False)
        measured.append(Pair(theirs, synchronous, pipelined))
        print(".", end="", file=sys.stderr, flush=True)
    return measured[1:]


def ratios(pairs: Sequence[Pair], *, pipelined: bool, cpu: bool) -> list[float]:
    """Return graphflow's time over MediaPipe's for each pair."""
    found = []
    for pair in pairs:
        ours = pair.pipelined if pipelined else pair.synchronous
        found.append(
            ours.cpu_ms / pair.mediapipe.cpu_ms if cpu else ours.wall_ms / pair.mediapipe.wall_ms
        )
    return found


def is_same_found(pairs: Sequence[Pair]) -> bool:
    """Tell whether all runs of all pairs found a pose on equally many frames."""
    counts = {
        timing.found
        for pair in pairs
        for timing in (pair.mediapipe, pair.synchronous, pair.pipelined)
    }
    return len(counts) == 1


def speed_table(results: dict[Mode, list[Pair]]) -> Table:
    """Make a table with two rows for each mode."""
    table = Table(title="ms per frame, medians; ratios: median of pairs (lowest to highest)")
    table.add_column("mode")
    table.add_column("graphflow")
    for column in ("MediaPipe wall", "ours", "ratio", "MediaPipe CPU", "ours", "ratio", "poses"):
        table.add_column(column, justify="right")
    for mode, pairs in results.items():
        for pipelined in (False, True):
            ours = [pair.pipelined if pipelined else pair.synchronous for pair in pairs]
            cells = [mode.name, "pipelined" if pipelined else "synchronous"]
            for cpu in (False, True):
                theirs = [pair.mediapipe for pair in pairs]
                for timings in (theirs, ours):
                    times = [each.cpu_ms if cpu else each.wall_ms for each in timings]
                    cells.append(f"{median(times):.2f}")
                found = ratios(pairs, pipelined=pipelined, cpu=cpu)
                cells.append(f"{median(found):.2f} ({min(found):.2f} to {max(found):.2f})")
            same = is_same_found(pairs)
            cells.append(str(ours[0].found) if same else f"{ours[0].found}, NOT as MediaPipe")
            table.add_row(*cells)
    return table


def node_table(times: Sequence[NodeTime], frames: int) -> Table:
    """Make a table of the nodes that took longest."""
    busy = sum(each.busy_seconds for each in times)
    table = Table(title=f"where {busy / frames * 1e3:.2f} ms a frame went (tracking, synchronous)")
    table.add_column("node")
    for column in ("calls a frame", "us a call", "us a frame", "share"):
        table.add_column(column, justify="right")
    slowest = sorted(times, key=lambda each: each.busy_seconds, reverse=True)
    rest = NodeTime(
        f"{len(slowest[SLOWEST_SHOWN:])} more",
        sum(each.calls for each in slowest[SLOWEST_SHOWN:]),
        sum(each.busy_seconds for each in slowest[SLOWEST_SHOWN:]),
    )
    for each in [*slowest[:SLOWEST_SHOWN], rest]:
        table.add_row(
            " / ".join(each.node.split("__")),
            f"{each.calls / frames:.2f}",
            f"{each.busy_seconds / max(each.calls, 1) * 1e6:.0f}",
            f"{each.busy_seconds / frames * 1e6:.0f}",
            f"{each.busy_seconds / busy:.1%}" if busy else "",
        )
    return table


def print_growth(growth: Growth, console: Console) -> None:
    """Say how much memory a short and a long clip took."""
    more = growth.long_peak_mb - growth.short_peak_mb
    console.print(
        f"peak memory of pose_landmarks: {growth.short_peak_mb:.0f} MB after "
        f"{growth.short_frames} frames, {growth.long_peak_mb:.0f} MB after {growth.long_frames}: "
        f"{more:+.1f} MB for {growth.long_frames - growth.short_frames} frames more"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 if both sides agree, 1 if not, 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, help="default: %(default)s")
    parser.add_argument("--pairs", type=int, default=5, help="turns of each side (%(default)s)")
    parser.add_argument("--frames", type=int, default=100, help="of the clip (%(default)s)")
    parser.add_argument("--no-memory", action="store_true", help="leave memory out")
    given = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        frames = read_frames(given.clip, given.frames)
        if len(frames) < 2 or given.pairs < 1:
            raise EnvironmentProblem("there must be at least 2 frames and 1 pair to measure")
        python = python_with_mediapipe()
        with mediapipe_server(python) as ask:
            results = {mode: measure(ask, given.clip, frames, mode, given.pairs) for mode in MODES}
    except (EnvironmentProblem, GraphflowError, OSError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 2
    print(file=sys.stderr)
    height, width = frames[0].shape[:2]
    console.print(f"{given.clip}: {len(frames)} frames of {width} x {height}, {given.pairs} pairs")
    console.print(speed_table(results))
    _, times = run_graphflow(frames, MODES[0], waits=True)
    console.print(node_table(times, len(frames)))
    if not given.no_memory:
        print_growth(measure_growth(given.clip), console)
    return 0 if all(is_same_found(pairs) for pairs in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
