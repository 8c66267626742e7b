"""Write tests/graphs/stages.json again: MediaPipe's own values after each stage, on a few frames.

    python -m benchmarks.make_stage_numbers

Runs MediaPipe 0.10.21, published profile, tracking with segmentation, over the sample clip, with
every intermediate stream observed. Large tensors are kept as a sum and evenly spaced values. The
numbers are those of one processor family: see the tolerances in tests/graphs/test_stages.py.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.graphflow_side import frames_of
from benchmarks.job import Job
from benchmarks.mediapipe_environment import VERSION, EnvironmentProblem, python_with_mediapipe
from benchmarks.parity import run_mediapipe

CLIP: Final = "samples/figure.mp4"
TARGET: Final = Path("tests/graphs/stages.json")

FRAMES: Final = (0, 1, 2, 75)
"""The first ones follow one another, for the filters; the last is from the middle of a squat."""

SAMPLES: Final = 16

# Our name: MediaPipe's stream (see theirs/answers.py). Kept whole, or as a summary.
WHOLE: Final = {
    "detection": "pose_detection",
    "roi_from_detection": "pose_rect_from_detection",
    "roi": "pose_rect",
    "landmark_tensor": "tap_landmark_tensor",
    "flag_tensor": "tap_flag_tensor",
    "unfiltered_landmarks": "unfiltered_pose_landmarks",
    "unfiltered_auxiliary": "unfiltered_auxiliary_landmarks",
    "unfiltered_world": "unfiltered_world_landmarks",
    "landmarks": "pose_landmarks",
    "auxiliary": "auxiliary_landmarks",
    "world": "pose_world_landmarks",
    "next_roi": "pose_rect_from_landmarks",
}
SUMMARIES: Final = {
    "detector_input": "tap_detector_input",
    "landmark_input": "tap_landmark_input",
    "heatmap_tensor": "tap_heatmap_tensor",
    "world_tensor": "tap_world_tensor",
    "mask": "segmentation_mask",
}


def summary(values: npt.NDArray[Any]) -> dict[str, Any]:
    """Return the size, the sum and evenly spaced values of an array of any shape."""
    flat = np.ravel(values)
    places = np.linspace(0, flat.size - 1, SAMPLES).astype(int)
    return {
        "size": int(flat.size),
        "sum": float(flat.sum(dtype=np.float64)),
        "values": _plain(flat[places]),
    }


def frame_numbers(number: int, time_us: int, image: Any, stages: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of one frame; None for a stage that did not run."""
    kept: dict[str, Any] = {
        "frame": number,
        "timestamp_us": time_us,
        "pixels_sha256": hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest(),
    }
    for name, stream in WHOLE.items():
        kept[name] = None if stages.get(stream) is None else _plain(stages[stream])
    for name, stream in SUMMARIES.items():
        kept[name] = None if stages.get(stream) is None else summary(stages[stream])
    return kept


def _plain(values: npt.NDArray[Any]) -> Any:
    """Return nested lists of the shortest decimals that give the same float32 again."""
    if values.ndim:
        return [_plain(each) for each in values]
    return float(str(np.float32(values)))


def main() -> int:
    """Write the file; 0, or 2 if MediaPipe could not be run."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            "stages",
            (CLIP,),
            stills=False,
            static=False,
            profile="graph",
            max_frames=max(FRAMES) + 1,
            segmentation=True,
            output=f"{folder}/answers.npz",
            stages=f"{folder}/stages.pickle",
        )
        try:
            run_mediapipe(python_with_mediapipe(), [job])
        except (EnvironmentProblem, subprocess.CalledProcessError) as problem:
            print(problem, file=sys.stderr)
            return 2
        with Path(job.stages).open("rb") as file:
            stages = pickle.load(file)
    frames = [
        frame_numbers(number, time_us, image, stages[number])
        for number, (time_us, image) in enumerate(frames_of(job))
        if number in FRAMES
    ]
    header = {"clip": CLIP, "made_with": f"mediapipe {VERSION}, pose_landmark_cpu, tracking"}
    rows = ",\n".join(
        "{"
        + ",\n ".join(f"{json.dumps(name)}: {json.dumps(each)}" for name, each in one.items())
        + "}"
        for one in frames
    )
    TARGET.write_text(json.dumps(header)[:-1] + ', "frames": [\n' + rows + "\n]}\n", "utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, frames {FRAMES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
