"""Compare tracked landmarks with the sample clip's true joints.

    python -m samples.measure_truth landmarks.npz samples/figure.joints.json [-o truth.json]
    python -m samples.measure_truth landmarks.jsonl samples/figure.joints.json

Landmarks are either an .npz with `present` (F,) and `pose_landmarks` (F, 33, 5), as the MediaPipe
reference run writes, or JSON Lines with `frame`, `width`, `height` and `pose_landmarks`, which is
33 rows of x, y (normalized to the image), z, visibility, presence, or null where there is no pose.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

# MediaPipe's landmark numbers (pose landmark model card).
LIMB_LANDMARKS = {
    "LEFT_SHOULDER": 11,
    "RIGHT_SHOULDER": 12,
    "LEFT_ELBOW": 13,
    "RIGHT_ELBOW": 14,
    "LEFT_WRIST": 15,
    "RIGHT_WRIST": 16,
    "LEFT_HIP": 23,
    "RIGHT_HIP": 24,
    "LEFT_KNEE": 25,
    "RIGHT_KNEE": 26,
    "LEFT_ANKLE": 27,
    "RIGHT_ANKLE": 28,
}
SAMPLE_EVERY = 10


@dataclass(frozen=True)
class LimbError:
    """How far landmarks are from the truth, as a share of the torso's length in the image.

    Attributes:
        mean_error_over_torso: over all frames with a pose and all 12 limb joints; NaN without any.
        per_joint: the same for each joint.
        frames_with_pose: frames that have landmarks.
        frames: frames in all.
    """

    mean_error_over_torso: float
    per_joint: dict[str, float]
    frames_with_pose: int
    frames: int


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read the truth that the renderer wrote beside the clip."""
    sidecar: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return sidecar


def true_pixels(sidecar: dict[str, Any]) -> Doubles:
    """True positions (F, 12, 2) of the limb joints in pixels, in the order of LIMB_LANDMARKS."""
    columns = [sidecar["joint_names"].index(name) for name in LIMB_LANDMARKS]
    joints = np.array([frame["joints"] for frame in sidecar["frames"]], np.float64)
    return joints[:, columns, :2]


def limb_error(landmarks_px: npt.NDArray[np.floating], sidecar: dict[str, Any]) -> LimbError:
    """Measure the distance of landmarks from the sidecar's joints.

    Args:
        landmarks_px: (F, 33, 2) x and y in pixels, in the sidecar's convention; NaN rows are
            frames without a pose.
        sidecar: the parsed figure.joints.json of the same F frames.

    Returns:
        Mean distances, each divided by the true distance from the middle of the shoulders to the
        middle of the hips in the same frame.

    Raises:
        ValueError: the shape is not (F, 33, 2) for the sidecar's F.
    """
    truth = true_pixels(sidecar)
    expected = (len(truth), 33, 2)
    if landmarks_px.shape != expected:
        raise ValueError(f"landmarks_px: found shape {landmarks_px.shape}; expected {expected}")
    found = landmarks_px[:, list(LIMB_LANDMARKS.values())].astype(np.float64)
    order = list(LIMB_LANDMARKS)
    shoulders = truth[:, [order.index("LEFT_SHOULDER"), order.index("RIGHT_SHOULDER")]].mean(axis=1)
    hips = truth[:, [order.index("LEFT_HIP"), order.index("RIGHT_HIP")]].mean(axis=1)
    torso_px = np.linalg.norm(shoulders - hips, axis=1)
    error = np.linalg.norm(found - truth, axis=2) / torso_px[:, None]
    error = error[np.isfinite(error).all(axis=1)]
    if not len(error):
        nothing = dict.fromkeys(LIMB_LANDMARKS, float("nan"))
        return LimbError(float("nan"), nothing, 0, len(truth))
    per_joint = dict(zip(order, error.mean(axis=0).tolist(), strict=True))
    return LimbError(float(error.mean()), per_joint, len(error), len(truth))


def read_landmarks(path: Path, sidecar: dict[str, Any]) -> Doubles:
    """Read the landmarks (F, 33, 5) of either format, normalized; NaN where there is no pose.

    A frame that the file does not mention counts as a frame without a pose.
    """
    frames = len(sidecar["frames"])
    landmarks = np.full((frames, 33, 5), np.nan)
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            if len(arrays["present"]) != frames:
                raise ValueError(f"{path}: {len(arrays['present'])} frames; expected {frames}")
            present = arrays["present"]
            landmarks[present] = arrays["pose_landmarks"][present]
        return landmarks
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not 0 <= row["frame"] < frames:
            raise ValueError(f"{path}: frame {row['frame']}; expected 0 to {frames - 1}")
        if row["pose_landmarks"] is not None:
            landmarks[row["frame"]] = row["pose_landmarks"]
    return landmarks


def landmarks_to_pixels(landmarks: Doubles, width: int, height: int) -> Doubles:
    """Scale normalized landmarks (F, 33, 5) to pixels (F, 33, 2).

    MediaPipe cuts its crops with OpenCV's warp, whose coordinates are pixel centres, so x times
    the width already is in the sidecar's convention, without half a pixel.
    """
    return np.asarray(landmarks[:, :, :2] * (width, height), np.float64)


def truth_document(error: LimbError, landmarks: Doubles) -> str:
    """Write the measurement, and every tenth frame's landmarks, as JSON with a line per frame."""
    document = {
        "mean_error_over_torso": round(error.mean_error_over_torso, 5),
        "per_joint": {name: round(value, 5) for name, value in error.per_joint.items()},
        "frames_with_pose": error.frames_with_pose,
        "frames": error.frames,
        "landmark_fields": ["x", "y", "z", "visibility", "presence"],
    }
    rows = [
        json.dumps(
            {
                "frame": index,
                "pose_landmarks": None
                if np.isnan(landmarks[index]).any()
                else np.round(landmarks[index], 5).tolist(),
            },
            separators=(",", ":"),
        )
        for index in range(0, len(landmarks), SAMPLE_EVERY)
    ]
    opening = json.dumps(document, indent=1)[:-2]
    return opening + ',\n "landmarks": [\n' + ",\n".join(rows) + "\n]}\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = argparse.ArgumentParser(description="Compare landmarks with the clip's true joints.")
    parser.add_argument("landmarks", type=Path, help=".npz or .jsonl")
    parser.add_argument("sidecar", type=Path, help="figure.joints.json")
    parser.add_argument("-o", "--output", type=Path, help="also write it as JSON")
    chosen = parser.parse_args(arguments)
    try:
        sidecar = read_sidecar(chosen.sidecar)
        landmarks = read_landmarks(chosen.landmarks, sidecar)
    except (OSError, ValueError, KeyError) as fault:
        print(f"measure_truth: {fault}", file=sys.stderr)
        return 1
    pixels = landmarks_to_pixels(landmarks, sidecar["width"], sidecar["height"])
    error = limb_error(pixels, sidecar)
    print(f"{error.frames_with_pose} of {error.frames} frames have a pose")
    print(f"mean error {100 * error.mean_error_over_torso:.2f} % of the torso's length")
    for name, value in error.per_joint.items():
        print(f"  {name:<15} {100 * value:6.2f} %")
    if chosen.output:
        chosen.output.write_text(truth_document(error, landmarks), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
