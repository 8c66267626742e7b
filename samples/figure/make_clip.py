"""Render the sample clip and write down where its joints truly are.

    python -m samples.figure.make_clip -o samples/figure.mp4 [--size 384x512] [--frames 165]

Beside `figure.mp4` it writes `figure.joints.json`; `samples/README.md` describes the format.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from samples.figure.camera import Camera
from samples.figure.render import render_frame
from samples.figure.skeleton import DURATION_S, JOINT_NAMES, skeleton_at

FRAME_RATE = 30
DEFAULT_SIZE = (384, 512)
DEFAULT_FRAMES = round(DURATION_S * FRAME_RATE)
FORMAT = "graphflow figure joints 1"
COORDINATES = (
    "x_px, y_px: OpenCV pixel coordinates, the centre of the first pixel is (0, 0); "
    "x_m, y_m, z_m: metres, y up, floor at 0, z towards the camera; LEFT and RIGHT are the figure's"
)


def parse_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT; both even, as yuv420p requires."""
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f'found "{text}"; expected WIDTHxHEIGHT, like 384x512')
    size = int(width), int(height)
    if min(size) < 16 or size[0] % 2 or size[1] % 2:
        raise argparse.ArgumentTypeError(f'found "{text}"; expected even sides of at least 16')
    return size


def render_all(size: tuple[int, int], frames: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the clip's frames in order, rendered by as many processes as there are cores."""
    times = [index / FRAME_RATE for index in range(frames)]
    render = partial(render_frame, width_px=size[0], height_px=size[1])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(render, times)


def encode(path: Path, images: Iterable[npt.NDArray[np.uint8]], size: tuple[int, int]) -> None:
    """Write H.264 in yuv420p that starts playing before it is all there.

    Args:
        path: the mp4 to write.
        images: (height, width, 3) uint8 sRGB each.
        size: width and height in pixels, even.
    """
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        # One thread, so that the same frames give the same file on any number of cores.
        stream.thread_count = 1
        stream.options = {"crf": "20", "preset": "slow", "threads": "1"}
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def timestamps_of(path: Path) -> list[int]:
    """Presentation times of a clip's frames as they decode, microseconds, half rounded to even."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [round(Fraction(f.pts or 0) * Fraction(f.time_base or 0) * 1_000_000) for f in frames]


def true_joints(time_s: float, camera: Camera) -> list[list[float]]:
    """Where each of JOINT_NAMES is at one moment: x_px, y_px, x_m, y_m, z_m."""
    joints = skeleton_at(time_s).joints
    points = np.stack([joints[name] for name in JOINT_NAMES], axis=1)
    x_px, y_px = camera.project(points)
    pixels = np.round(np.stack([x_px, y_px], axis=1), 3)
    metres = np.round(points.T.astype(np.float64), 4)
    return [[*p, *m] for p, m in zip(pixels.tolist(), metres.tolist(), strict=True)]


def write_sidecar(path: Path, timestamps_us: list[int], size: tuple[int, int]) -> None:
    """Write the joints' truth as JSON with one line per frame.

    Args:
        path: the file to write.
        timestamps_us: presentation times of the frames; frame i shows the moment i / FRAME_RATE.
        size: width and height in pixels.
    """
    camera = Camera(*size)
    header = {
        "format": FORMAT,
        "width": size[0],
        "height": size[1],
        "frames_per_second": FRAME_RATE,
        "coordinates": COORDINATES,
        "joint_names": JOINT_NAMES,
        "joint_fields": ["x_px", "y_px", "x_m", "y_m", "z_m"],
    }
    rows = [
        json.dumps(
            {"timestamp_us": time_us, "joints": true_joints(index / FRAME_RATE, camera)},
            separators=(",", ":"),
        )
        for index, time_us in enumerate(timestamps_us)
    ]
    opening = json.dumps(header, indent=1)[:-2]
    path.write_text(opening + ',\n "frames": [\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = argparse.ArgumentParser(description="Render the sample clip and its joints' truth.")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the .mp4 to write")
    parser.add_argument("--size", type=parse_size, default=DEFAULT_SIZE, metavar="WxH")
    parser.add_argument(
        "--frames", type=int, default=DEFAULT_FRAMES, help="only the first N; 165 show it all"
    )
    chosen = parser.parse_args(arguments)
    if chosen.frames < 1:
        parser.error(f"--frames: found {chosen.frames}; expected at least 1")
    if not chosen.output.parent.is_dir():
        parser.error(f"--output: there is no folder {chosen.output.parent}")
    encode(chosen.output, render_all(chosen.size, chosen.frames), chosen.size)
    sidecar = chosen.output.with_suffix(".joints.json")
    write_sidecar(sidecar, timestamps_of(chosen.output), chosen.size)
    size_kb = chosen.output.stat().st_size / 1000
    print(f"{chosen.output}: {chosen.frames} frames, {size_kb:.0f} kB; {sidecar}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
