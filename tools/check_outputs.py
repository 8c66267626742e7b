"""Check what a pose tracking run left: a video that decodes, and one JSON line for each frame.

python tools/check_outputs.py [--frames N] VIDEO JSON_LINES
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import av


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; return 1 where it is not what a run should leave."""
    parser = argparse.ArgumentParser(description="Check what a pose tracking run left.")
    parser.add_argument("--frames", type=int, help="how many frames there must be")
    parser.add_argument("video", type=Path)
    parser.add_argument("landmarks", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        frames = frames_in(chosen.video)
        lines = lines_in(chosen.landmarks)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{chosen.video}: {frames} frames; {chosen.landmarks}: {lines} lines")
    if frames == 0 or frames != lines or chosen.frames not in (None, frames):
        expected = chosen.frames or "the same number, above 0"
        print(f"error: found {frames} frames and {lines} lines; expected {expected}")
        return 1
    return 0


def frames_in(path: Path) -> int:
    """Return how many frames of a video decode."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def lines_in(path: Path) -> int:
    """Return how many lines of a file there are; each must be a JSON object.

    Raises:
        ValueError: one is not.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            is_object = isinstance(json.loads(line), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise ValueError(f"{path}:{number}: is no JSON object")
    return len(lines)


if __name__ == "__main__":
    sys.exit(main())
