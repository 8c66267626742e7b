"""Live figures: how a graph keeps up with too much, how old results are, what idling costs.

    python -m benchmarks.live [overload] [latency] [threads] [idle] [--seconds N]

The pose graph runs in a process of its own and reads the sample clip from a pipe, to which this
process writes it at the pace of a camera. `overload`: 60 frames a second into a graph in which each
takes 50 ms. `latency`: rates that the graph manages. `threads`: the landmark model with one thread
and with two. `idle`: a camera that sends nothing any more.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import av

from benchmarks.live_side import CLIP, Settings
from calculators.media.video_reader import VideoReader

IDLE_AFTER_SECONDS: Final = 4
OVERLOAD_RATE, WORK_MS = 60, 50


def as_transport_stream(clip: Path, rate: int, count: int) -> Iterator[bytes]:
    """Yield a clip, again and again, as MPEG-TS at a rate: the bytes of one frame at a time."""
    reader = VideoReader(clip)
    images = [frame.image for frame in reader]
    reader.close()
    target = io.BytesIO()
    with av.open(target, "w", format="mpegts", options={"flush_packets": "1"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(rate)}
        for number, image in enumerate(islice(cycle(images), count)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
            yield target.getvalue()
            target.seek(0)
            target.truncate()


def fed(settings: Settings, rate: int, seconds: float, idle_seconds: float = 0) -> dict[str, Any]:
    """Run the graph on frames that come at a rate; return its figures.

    Args:
        settings: of the graph.
        rate: frames a second.
        seconds: for how long frames come.
        idle_seconds: for how long nothing comes after that, before the stream ends.
    """
    chunks = list(as_transport_stream(CLIP, rate, round(rate * seconds)))
    side = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.live_side", json.dumps(asdict(settings))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert side.stdin is not None
    assert side.stdout is not None
    side.stdout.readline()  # it is ready
    began = time.perf_counter()
    for number, chunk in enumerate(chunks):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        side.stdin.write(chunk)
        side.stdin.flush()
    time.sleep(idle_seconds)
    side.stdin.close()
    figures: dict[str, Any] = json.loads(side.stdout.read())
    side.wait()
    return {**figures, "sent": len(chunks), "rate": rate}


def row(figures: dict[str, Any]) -> str:
    """Return figures as a line."""
    quick, median, high, most = figures["age_ms"]
    alone = ""
    if figures["own_ms"]:
        own_quick, own = figures["own_ms"]
        alone = (
            f"  alone {own_quick:.1f} {own:.1f} ms, age/alone"
            f" {quick / own_quick:.3f} {median / own:.3f}"
        )
    return (
        f"{figures['rate']:3d} frames/s "
        f" {(figures['results'] - 1) / figures['span_seconds']:5.1f} results/s"
        f"  age {quick:.1f} tenth {median:.1f} median {high:.1f} 95 % {most:.1f} max"
        f"  entrance {figures['wait_ms'][1]:.2f}  inside {figures['inside_ms'][1]:.1f}"
        f"{alone}  CPU {figures['cpu_seconds'] / figures['seconds']:.2f}"
    )


def measured(settings: Settings, rate: int, seconds: float, idle_seconds: float = 0) -> Any:
    """Run, print a line, return the figures."""
    figures = fed(settings, rate, seconds, idle_seconds)
    print(row(figures), flush=True)
    return figures


def overload(seconds: float) -> None:
    """60 frames a second into a graph that manages 20."""
    figures = measured(Settings(work_ms=WORK_MS), OVERLOAD_RATE, seconds)
    dropped = sum(figures["losses"].values())
    print(f"  sent {figures['sent']} = results {figures['results']} + dropped {dropped}"
          f" + not decoded {figures['sent'] - figures['results'] - dropped}")  # fmt: skip
    for reason, count in figures["losses"].items():
        print(f"    {count:6d}  {reason}")
    resident = [megabytes for _, megabytes, _ in figures["samples"]]
    for second in range(4, len(resident), max(1, len(resident) // 8)):
        print(f"  after {second:3d} s {resident[second]:6.1f} MB")
    shares = [OVERLOAD_RATE * each / 1000 for each in figures["wait_ms"][1:]]
    print("  frames waited before work began, in frame times: "
          f"{shares[0]:.2f} median, {shares[1]:.2f} for 95 %, {shares[2]:.2f} at most")  # fmt: skip


def latency(seconds: float) -> None:
    """Rates that the graph manages."""
    for rate in (10, 15, 25, 30):
        measured(Settings(own_rate=rate), rate, seconds)


def threads(seconds: float) -> None:
    """The landmark model with one thread and with two, in turns."""
    for _ in range(2):
        for rate in (30, 60):
            for count in (1, 2):
                print(f"{count} model threads ", end="")
                measured(Settings(model_threads=count), rate, seconds)


def idle(seconds: float) -> None:
    """A camera that sends nothing any more."""
    figures = measured(Settings(), 30, IDLE_AFTER_SECONDS, seconds)
    rows: Sequence[Sequence[float]] = figures["samples"]
    first, last = rows[IDLE_AFTER_SECONDS + 3], rows[-1]
    share = (last[2] - first[2]) / (last[0] - first[0])
    print(f"  idle for {last[0] - first[0]:.0f} s: {100 * share:.2f} % of a core")


PARTS: Final = {"overload": overload, "latency": latency, "threads": threads, "idle": idle}


def main() -> None:
    """Measure what is asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    for part in arguments.parts:
        print(f"{part}: {' '.join((PARTS[part].__doc__ or '').split())}")
        PARTS[part](arguments.seconds)


if __name__ == "__main__":
    main()
