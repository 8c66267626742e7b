"""Compare graphflow's answers with MediaPipe's, float by float, on this machine.

    python -m benchmarks.parity                        every clip and still there is
    python -m benchmarks.parity clip.mp4 a.jpg b.png   these

Runs MediaPipe 0.10.21 in an environment of its own and graphflow here, on the same media, in both
profiles: clips in tracking mode with smoothing and in static mode, stills in static mode. Prints a
row for each and exits with 1 if one float of the landmarks, the world landmarks or the ROI differs,
or a mask by more than 2e-7. Where something differs, both sides run again with every intermediate
stream observed, and the first stage that differs is named.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.graphflow_side import answers_of, stages_of
from benchmarks.job import Job
from benchmarks.mediapipe_environment import THEIRS, EnvironmentProblem, python_with_mediapipe
from benchmarks.servers import VERBOSE

MASK_TOLERANCE: Final = 2e-7
MASKS_COMPARED: Final = 8
STATIC_FRAMES: Final = 40
"""Frames of a clip that are compared in static mode, where every frame is alike to a still."""

FIELDS: Final = ("pose_landmarks", "pose_world_landmarks", "roi")
CLIP_SUFFIXES: Final = {".mp4", ".mov", ".webm", ".avi", ".mkv", ".ts", ".mpg"}

NOT_COMPARABLE: Final = ("rotmeta", "truncated", "zero_samples", "raw", "size_change")
"""Odd clips that MediaPipe's side can't read as graphflow does: it ignores rotation metadata, stops
where a file is cut off, and refuses clips whose times are missing or run back."""


@dataclass(frozen=True)
class Difference:
    """What one comparison found."""

    job: Job
    frames: int = 0
    presence_mismatches: int = 0
    floats_unequal: int = 0
    pixels_max: float = 0.0
    pixels_mean: float = 0.0
    mask_max: float | None = None
    first_stage: str = field(default="")

    @property
    def is_exact(self) -> bool:
        """Whether everything that must be equal is."""
        return (
            self.presence_mismatches == 0
            and self.floats_unequal == 0
            and (self.mask_max is None or self.mask_max <= MASK_TOLERANCE)
        )


def compare(job: Job, ours: dict[str, Any], theirs: dict[str, Any]) -> Difference:
    """Compare two answers of the same frames.

    Args:
        job: what was run.
        ours: arrays as in an answer file (see theirs/answers.py).
        theirs: the same of MediaPipe.
    """
    frames = len(theirs["timestamp"])
    if len(ours["timestamp"]) != frames or np.any(ours["timestamp"] != theirs["timestamp"]):
        return Difference(job, frames, presence_mismatches=frames, first_stage="timestamps")
    unequal = sum(int(np.count_nonzero(~_equal(ours[name], theirs[name]))) for name in FIELDS)
    both = ours["present"] & theirs["present"]
    size = np.stack([theirs["width"], theirs["height"]], axis=-1)[both][:, None]
    shift = (ours["pose_landmarks"][both][..., :2] - theirs["pose_landmarks"][both][..., :2]) * size
    pixels = np.hypot(shift[..., 0], shift[..., 1])
    return Difference(
        job,
        frames,
        presence_mismatches=int(np.count_nonzero(ours["present"] != theirs["present"])),
        floats_unequal=unequal,
        pixels_max=float(pixels.max(initial=0.0)),
        pixels_mean=float(pixels.mean()) if pixels.size else 0.0,
        mask_max=_mask_difference(ours, theirs) if job.masks else None,
    )


def _equal(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    equal: np.ndarray[Any, Any] = (a == b) | (np.isnan(a) & np.isnan(b))
    return equal


def _mask_difference(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    if ours["masks"].shape != theirs["masks"].shape:
        return float("inf")
    return float(np.abs(ours["masks"] - theirs["masks"]).max(initial=0.0))


def first_differing_stage(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]) -> str:
    """Name the first frame and stage at which two runs with stages differ."""
    for number, (our_frame, their_frame) in enumerate(zip(ours, theirs, strict=False)):
        for stage in our_frame:
            a, b = our_frame.get(stage), their_frame.get(stage)
            if (a is None) != (b is None):
                return f"frame {number}: {stage} (only {'theirs' if a is None else 'ours'})"
            if a is None or b is None:
                continue
            a, b = np.ravel(a), np.ravel(b)
            if a.shape != b.shape:
                return f"frame {number}: {stage} ({a.size} values, theirs {b.size})"
            if not _equal(a, b).all():
                return f"frame {number}: {stage} (by up to {np.abs(a - b).max():.3g})"
    return "none of the observed stages"


def jobs_for(paths: Sequence[Path]) -> list[Job]:
    """Make the list of comparisons for clips and stills."""
    clips = [path for path in paths if path.suffix.lower() in CLIP_SUFFIXES]
    stills = tuple(str(path) for path in paths if path not in clips)
    jobs = []
    for profile in ("graph", "python"):
        for clip in clips:
            one = (str(clip),)
            jobs.append(Job(clip.stem, one, False, False, profile, masks=0))
            jobs.append(Job(clip.stem, one, False, True, profile, STATIC_FRAMES))
            jobs.append(
                Job(
                    f"{clip.stem} masks", one, False, False, profile, MASKS_COMPARED,
                    segmentation=True, masks=MASKS_COMPARED,
                )
            )  # fmt: skip
        if stills:
            jobs.append(Job(f"{len(stills)} stills", stills, True, True, profile))
    return jobs


def run_mediapipe(python: Path, jobs: Sequence[Job]) -> None:
    """Run jobs in MediaPipe's environment; each leaves its answer file."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump([asdict(job) for job in jobs], file)
    try:
        subprocess.run(
            [str(python), str(THEIRS / "answers.py"), file.name],
            check=True,
            stderr=None if os.environ.get(VERBOSE) else subprocess.DEVNULL,
        )
    finally:
        Path(file.name).unlink()


def found_media() -> list[Path]:
    """Return the sample clip, and the development media where they are."""
    folder = Path(os.environ.get("GRAPHFLOW_MEDIA", "../shared/media"))
    paths = [Path("samples/figure.mp4")]
    paths += sorted((folder / "clips").glob("*.mp4")) + sorted((folder / "images").iterdir())
    odd = sorted(folder.glob("odd/*_c[0-9]*.jpg")) + sorted(folder.glob("odd/size_*.jpg"))
    odd += [
        path
        for path in sorted(folder.glob("odd/vid_*"))
        if path.suffix in CLIP_SUFFIXES and not any(part in path.stem for part in NOT_COMPARABLE)
    ]
    return [path for path in [*paths, *odd] if path.is_file()]


def explain(python: Path, difference: Difference, folder: Path) -> str:
    """Run both sides again with every stage observed; name the first that differs."""
    job = Job(**{**asdict(difference.job), "stages": str(folder / "stages.pickle")})
    run_mediapipe(python, [job])
    with Path(job.stages).open("rb") as file:
        theirs = pickle.load(file)
    return first_differing_stage(stages_of(job), theirs)


def print_table(differences: Sequence[Difference], console: Console) -> None:
    """Print a row for each comparison."""
    table = Table(title="graphflow against MediaPipe 0.10.21, on this machine")
    for column in ("media", "mode", "profile"):
        table.add_column(column)
    for column in ("frames", "presence", "floats unequal", "max px", "mean px", "mask"):
        table.add_column(column, justify="right")
    table.add_column("first stage that differs")
    for each in differences:
        mask = "" if each.mask_max is None else f"{each.mask_max:.1e}"
        table.add_row(
            each.job.name,
            "static" if each.job.static else "tracking",
            each.job.profile,
            str(each.frames),
            str(each.presence_mismatches),
            str(each.floats_unequal),
            f"{each.pixels_max:.3g}",
            f"{each.pixels_mean:.3g}",
            mask,
            each.first_stage,
        )
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 0 if everything is equal, 1 if not, 2 if it could not be made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("media", nargs="*", type=Path, help="clips and stills")
    given = parser.parse_args(arguments)
    media = given.media or found_media()
    missing = [str(path) for path in media if not path.is_file()]
    if missing:
        print("no such file: " + ", ".join(missing), file=sys.stderr)
        return 2
    try:
        python = python_with_mediapipe()
    except (EnvironmentProblem, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        differences = compare_all(python, media)
    except subprocess.CalledProcessError:
        print(
            "MediaPipe's side failed; its own words come with BENCHMARKS_VERBOSE=1", file=sys.stderr
        )
        return 2
    print_table(differences, Console(width=None if sys.stdout.isatty() else 160))
    exact = sum(difference.is_exact for difference in differences)
    frames = sum(difference.frames for difference in differences)
    print(f"{exact} of {len(differences)} comparisons exact, {frames} frames in all")
    return 0 if exact == len(differences) else 1


def compare_all(python: Path, media: Sequence[Path]) -> list[Difference]:
    """Run both sides on all media and compare; a sign for each comparison goes to stderr."""
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            Job(**{**asdict(job), "output": f"{folder}/{number}.npz"})
            for number, job in enumerate(jobs_for(media))
        ]
        run_mediapipe(python, jobs)
        for job in jobs:
            difference = compare(job, answers_of(job), dict(np.load(job.output)))
            if not difference.is_exact and not difference.first_stage:
                stage = explain(python, difference, Path(folder))
                difference = Difference(**{**difference.__dict__, "first_stage": stage})
            differences.append(difference)
            print("=" if difference.is_exact else "!", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return differences


if __name__ == "__main__":
    sys.exit(main())
