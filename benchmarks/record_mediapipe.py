"""Record MediaPipe's answers, for `graphflow eval --against`.

    python -m benchmarks.record_mediapipe clip.mp4 -o clip.npz              tracked and smoothed
    python -m benchmarks.record_mediapipe a.jpg b.png -o stills.npz         each by itself
    python -m benchmarks.record_mediapipe --dataset people.json -o people.npz

Runs MediaPipe 0.10.21 in an environment of its own, on the same pixels that graphflow sees. Beside
the answers of pictures a text file, people.txt for people.npz, names these in order, so that an
evaluation knows which answer is whose. docs/evaluation.md says what the arrays are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.job import Job
from benchmarks.mediapipe_environment import EnvironmentProblem, python_with_mediapipe
from benchmarks.parity import CLIP_SUFFIXES, run_mediapipe
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.words.errors import GraphflowError, UsageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Record as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.record_mediapipe", description="Record MediaPipe's answers."
    )
    parser.add_argument("media", nargs="*", type=Path, help="pictures, or one clip")
    parser.add_argument("--dataset", type=Path, help="those of a data set")
    parser.add_argument("--images", type=Path, help="where they are, if not beside it")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".npz to write")
    parser.add_argument(
        "--profile", choices=["graph", "python"], default="graph",
        help="the published graph, or what MediaPipe's Python API runs",
    )  # fmt: skip
    parser.add_argument("--static", action="store_true", help="each frame of the clip by itself")
    request = parser.parse_args(arguments)
    try:
        if request.output.suffix != ".npz":
            raise UsageError(f"found {request.output}; expected a name that ends in .npz")
        media = _media(request.media, request.dataset, request.images)
        job = job_of(media, request.output, request.profile, is_static=request.static)
        run_mediapipe(python_with_mediapipe(), [job])
    except (GraphflowError, EnvironmentProblem) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if job.stills:
        names = "".join(f"{name}\n" for name in media)
        request.output.with_suffix(".txt").write_text(names, encoding="utf-8")
    what = f"{len(media)} pictures" if job.stills else "a clip"
    print(f"{request.output}: MediaPipe's answers to {what}")
    return 0


def job_of(media: dict[str, Path], output: Path, profile: str, *, is_static: bool) -> Job:
    """Return what MediaPipe's side runs.

    Raises:
        UsageError: there is nothing to run, a file is missing, or a clip is not alone.
    """
    missing = [str(path) for path in media.values() if not path.is_file()]
    if missing or not media:
        raise UsageError(
            f"no such file: {', '.join(missing)}" if missing else "name pictures or a clip"
        )
    clips = [path for path in media.values() if path.suffix.lower() in CLIP_SUFFIXES]
    if clips and len(media) > 1:
        raise UsageError("clips are recorded one by one; each has a file of its own")
    return Job(
        name=output.stem,
        paths=tuple(str(path.resolve()) for path in media.values()),
        stills=not clips,
        static=is_static or not clips,
        profile=profile,
        output=str(output.resolve()),
    )


def _media(named: Sequence[Path], dataset: Path | None, images: Path | None) -> dict[str, Path]:
    """Return pictures, or clips, by the name that the data set has for them."""
    if dataset is None:
        return {path.name: path for path in named}
    return {
        sample.clip or sample.name: sample.source
        for sample in open_dataset(dataset, images).samples()
    }


if __name__ == "__main__":
    raise SystemExit(main())
