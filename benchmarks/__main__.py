"""Measure graphflow beside MediaPipe 0.10.21: speed, start-up, memory, size.

    python -m benchmarks                     everything, on the sample clip: some ten minutes
    python -m benchmarks --only a,t          these parts; the others' results stay
    python -m benchmarks --quick             rough figures in two minutes
    python -m benchmarks clip.mp4            another clip, fitted into 1280 x 720 and 640 x 480

Parts: (a) landmarks alone, (b) the whole job, (c) the scheduler, (d) start-up, (e) memory, (f) two
clips at once, (g) installed size, (t) where a frame's time goes. The sides take turns, A B A B; see
docs/benchmarks.md. Writes out/benchmarks.json, .md and .svg; `python -m benchmarks.report` takes
them into the documents.

Exit code 1 if a check failed, such as equal answers; 2 if nothing could be measured. A missed
target is told, and no error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.clips import HD, VGA, write_fitted
from benchmarks.figures import Part, Results, ResultsProblem, load, save, this_machine
from benchmarks.mediapipe_environment import EnvironmentProblem, python_with_mediapipe
from benchmarks.parts.setting import Setting
from benchmarks.plot import write_plot
from benchmarks.report import RESULTS, verdict_of, whole_report, with_spread
from graphflow.words.errors import GraphflowError

PARTS: Final = {
    "a": "landmarks",
    "b": "whole_job",
    "c": "scheduler",
    "d": "start_up",
    "e": "memory",
    "f": "two_clips",
    "g": "installed_size",
    "t": "frame_time",
}
"""The modules of `benchmarks.parts`, by letter."""

SAMPLE: Final = Path("samples/figure.mp4")
ROUNDS: Final = 7
QUICK_ROUNDS: Final = 2


def chosen_parts(text: str) -> list[str]:
    """Read letters such as "a,c"; all of them for an empty text.

    Raises:
        ArgumentTypeError: a letter names no part.
    """
    letters = [each.strip() for each in text.split(",") if each.strip()] or list(PARTS)
    unknown = [each for each in letters if each not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f'found "{unknown[0]}"; expected letters of {", ".join(PARTS)}'
        )
    return sorted(set(letters))


def measure_part(letter: str, setting: Setting) -> Part:
    """Measure one part."""
    begin = perf_counter()
    module = import_module(f"benchmarks.parts.{PARTS[letter]}")
    part: Part = module.measure(setting)
    return replace(
        part,
        is_quick=setting.is_quick,
        machine=this_machine(),
        seconds=perf_counter() - begin,
    )


def measure_all(letters: Sequence[str], setting: Setting, target: Path) -> Results:
    """Measure parts; after each, all results so far are in the file."""
    try:
        results = load(target)
    except ResultsProblem:
        results = Results()
    for letter in letters:
        print(f"({letter}) ", end="", file=sys.stderr, flush=True)
        part = measure_part(letter, setting)
        results = results.with_part(part)
        save(results, target)
        print(f" {part.seconds:.0f} s", file=sys.stderr)
        print_part(part)
    return results


def print_part(part: Part) -> None:
    """Say what a part found, a line for each figure."""
    print(f"({part.letter}) {part.title}")
    for figure in part.figures:
        met = {"": "      ", "yes": "met   "}.get(verdict_of(figure), "MISSED")
        print(f"  {met} {figure.name}: {with_spread(figure.value, figure.unit)}")
    for check in part.checks:
        print(f"  {'holds ' if check.is_held else 'FAILED'} {check.name}: {check.found}")
    sys.stdout.flush()


def make_setting(given: argparse.Namespace, folder: Path) -> Setting:
    """Make the clips of a run.

    Raises:
        EnvironmentProblem: MediaPipe's environment can't be made, or the clip is too short.
    """
    large, small = folder / "large.mp4", folder / "small.mp4"
    frames = write_fitted(given.clip, large, HD)
    write_fitted(given.clip, small, VGA)
    if frames < 40:
        raise EnvironmentProblem(f"{given.clip} has {frames} frames; expected at least 40")
    rounds = given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS)
    return Setting(python_with_mediapipe(), folder, large, small, frames, rounds, given.quick)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 if every check holds, 1 if not, 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE, help="(%(default)s)")
    parser.add_argument("--only", type=chosen_parts, default="", help="parts, such as a,c")
    parser.add_argument(
        "--quick", action="store_true", help="less of everything, for rough figures"
    )
    parser.add_argument("--rounds", type=int, help=f"turns of each side ({ROUNDS})")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="(%(default)s)")
    given = parser.parse_args(arguments)
    if given.rounds is not None and given.rounds < 1:
        parser.error("there must be at least 1 turn")
    try:
        with tempfile.TemporaryDirectory() as folder:
            results = measure_all(given.only, make_setting(given, Path(folder)), given.output)
    except (EnvironmentProblem, GraphflowError, OSError, subprocess.CalledProcessError) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    given.output.with_suffix(".md").write_text(whole_report(results), encoding="utf-8")
    write_plot(results, given.output.with_suffix(".svg"))
    print(f"\n{given.output}, .md, .svg", file=sys.stderr)
    return 0 if results.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
