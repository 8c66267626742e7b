"""Measure how the peak memory of a run grows with the length of a clip.

python -m benchmarks.memory [CLIP]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

SHORT_FRAMES: Final = 300
LONG_FRAMES: Final = 1500

_RUN: Final = """
import resource, sys
from graphflow import Graph
clip, frames, landmarks = sys.argv[1:]
side_packets = {"input_path": clip, "landmarks_path": landmarks, "max_frames": int(frames)}
Graph.load("pose_landmarks").run(side_packets)
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
"""


@dataclass(frozen=True)
class Growth:
    """Peak memory of whole processes, in megabytes of 1,000,000 bytes."""

    short_frames: int
    short_peak_mb: float
    long_frames: int
    long_peak_mb: float


def measure_growth(
    clip: Path, short_frames: int = SHORT_FRAMES, long_frames: int = LONG_FRAMES
) -> Growth:
    """Run pose_landmarks over the clip, repeated to a short and to a long one, each in a process.

    Raises:
        CalledProcessError: a run failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        repeated = Path(folder) / "repeated.mp4"
        write_repeated(clip, repeated, long_frames)
        peaks = [
            _peak_mb(repeated, frames, Path(folder) / "landmarks.jsonl")
            for frames in (short_frames, long_frames)
        ]
    return Growth(short_frames, peaks[0], long_frames, peaks[1])


def write_repeated(clip: Path, target: Path, count: int) -> None:
    """Write `count` frames at 30 a second: the clip's, again and again."""
    with av.open(str(target), "w") as output:
        stream = None
        written = 0
        while written < count:
            with av.open(str(clip)) as source:
                for frame in source.decode(video=0):
                    if stream is None:
                        stream = output.add_stream("mpeg4", rate=30)
                        stream.width, stream.height = frame.width // 2 * 2, frame.height // 2 * 2
                        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
                    same = frame.reformat(stream.width, stream.height, "yuv420p")
                    same.pts, same.time_base = written, Fraction(1, 30)
                    output.mux(stream.encode(same))
                    written += 1
                    if written == count:
                        break
        if stream is not None:
            output.mux(stream.encode())


def _peak_mb(clip: Path, frames: int, landmarks: Path) -> float:
    command = [sys.executable, "-c", _RUN, str(clip), str(frames), str(landmarks)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return int(run.stdout) / 1e6


def main(arguments: Sequence[str]) -> int:
    """Print the growth for a clip, by default the sample."""
    growth = measure_growth(Path(arguments[0] if arguments else "samples/figure.mp4"))
    print(growth)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
