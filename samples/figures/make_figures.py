"""Render pictures of the figure, and write down where its joints truly are.

    python -m samples.figures -o out/figures [--count 240] [--size 160x208] [--seed 1]

The folder gets the pictures (.png) and `figures.jsonl`, which `graphflow eval --dataset` reads.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from samples.figure.make_clip import parse_size
from samples.figure.render import render_scene
from samples.figures.drawing import draw
from samples.figures.truth import record_of

DEFAULT_COUNT = 240
DEFAULT_SIZE = (160, 208)
DEFAULT_SEED = 1
DATASET = "figures.jsonl"


def render_one(number: int, folder: Path, seed: int, size: tuple[int, int]) -> dict[str, Any]:
    """Render one picture into a folder; return its line of the data set.

    Raises:
        OSError: the picture can't be written.
    """
    drawn = draw(seed, number, *size)
    name = f"figure_{number:04d}.png"
    image = render_scene(drawn.scene)
    is_encoded, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert is_encoded, "OpenCV encodes every 8-bit picture"
    (folder / name).write_bytes(encoded.tobytes())
    return record_of(drawn, name)


def make_figures(folder: Path, count: int, size: tuple[int, int], seed: int, workers: int) -> Path:
    """Render a set of pictures, by several processes; return the data set's file."""
    folder.mkdir(parents=True, exist_ok=True)
    render = partial(render_one, folder=folder, seed=seed, size=size)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            records = list(pool.map(render, range(count), chunksize=4))
    else:
        records = [render(number) for number in range(count)]
    path = folder / DATASET
    lines = [json.dumps(record, separators=(",", ":")) + "\n" for record in records]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m samples.figures",
        description="Render pictures of the figure in many poses, with their joints' truth.",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT, help="number of pictures")
    parser.add_argument("--size", type=parse_size, default=DEFAULT_SIZE, metavar="WxH")
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="the same seed gives the same pictures"
    )
    chosen = parser.parse_args(arguments)
    if chosen.count < 1:
        parser.error(f"--count: found {chosen.count}; expected at least 1")
    if chosen.seed < 0:
        parser.error(f"--seed: found {chosen.seed}; expected 0 or more")
    workers = os.cpu_count() or 1
    path = make_figures(chosen.output, chosen.count, chosen.size, chosen.seed, workers)
    print(f"{path}: {chosen.count} pictures", file=sys.stderr)
    return 0
