from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from samples.measure_truth import (
    LIMB_LANDMARKS,
    landmarks_to_pixels,
    limb_error,
    main,
    read_landmarks,
    read_sidecar,
    true_pixels,
)


@pytest.fixture(scope="module")
def sidecar_path(repository: Path) -> Path:
    return repository / "samples" / "figure.joints.json"


@pytest.fixture(scope="module")
def sidecar(sidecar_path: Path) -> dict[str, Any]:
    return read_sidecar(sidecar_path)


def perfect_landmarks(sidecar: dict[str, Any]) -> np.ndarray:
    truth = true_pixels(sidecar)
    landmarks = np.zeros((len(truth), 33, 2))
    landmarks[:, list(LIMB_LANDMARKS.values())] = truth
    return landmarks


def test_error_is_zero_on_the_truth_itself(sidecar: dict[str, Any]) -> None:
    error = limb_error(perfect_landmarks(sidecar), sidecar)
    assert error.mean_error_over_torso == 0
    assert error.frames_with_pose == error.frames == len(sidecar["frames"])


def test_error_is_told_by_joint_and_in_torsos(sidecar: dict[str, Any]) -> None:
    landmarks = perfect_landmarks(sidecar)
    landmarks[:, LIMB_LANDMARKS["LEFT_KNEE"], 0] += 10
    error = limb_error(landmarks, sidecar)
    truth = true_pixels(sidecar)
    torso_px = np.linalg.norm(truth[:, 0:2].mean(axis=1) - truth[:, 6:8].mean(axis=1), axis=1)
    assert error.per_joint["LEFT_KNEE"] == pytest.approx(np.mean(10 / torso_px))
    assert error.per_joint["RIGHT_KNEE"] == 0
    assert error.mean_error_over_torso == pytest.approx(error.per_joint["LEFT_KNEE"] / 12)


def test_frames_without_a_pose_are_counted_and_left_out(sidecar: dict[str, Any]) -> None:
    landmarks = perfect_landmarks(sidecar)
    landmarks[3:5] = np.nan
    error = limb_error(landmarks, sidecar)
    assert error.frames_with_pose == error.frames - 2
    assert error.mean_error_over_torso == 0
    nothing = limb_error(np.full_like(landmarks, np.nan), sidecar)
    assert nothing.frames_with_pose == 0 and np.isnan(nothing.mean_error_over_torso)


def test_swapped_sides_are_an_error(sidecar: dict[str, Any]) -> None:
    landmarks = perfect_landmarks(sidecar)
    landmarks[:, [25, 26]] = landmarks[:, [26, 25]]
    assert limb_error(landmarks, sidecar).per_joint["LEFT_KNEE"] > 0.2


def test_wrong_shape_is_refused_with_both_shapes(sidecar: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"found shape \(2, 33, 2\); expected"):
        limb_error(np.zeros((2, 33, 2)), sidecar)


def test_both_formats_read_alike(tmp_path: Path, sidecar: dict[str, Any]) -> None:
    frames = len(sidecar["frames"])
    landmarks = np.random.default_rng(0).random((frames, 33, 5)).astype(np.float32)
    present = np.arange(frames) != 7
    np.savez(tmp_path / "a.npz", present=present, pose_landmarks=landmarks)
    rows = [
        {"frame": i, "pose_landmarks": landmarks[i].tolist() if present[i] else None}
        for i in range(frames)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    from_npz = read_landmarks(tmp_path / "a.npz", sidecar)
    np.testing.assert_array_equal(from_npz, read_landmarks(tmp_path / "a.jsonl", sidecar))
    assert np.isnan(from_npz[7]).all() and not np.isnan(from_npz[8]).any()


def test_program_prints_the_error_and_writes_it(
    tmp_path: Path, sidecar: dict[str, Any], sidecar_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = (sidecar["width"], sidecar["height"])
    landmarks = np.zeros((len(sidecar["frames"]), 33, 5))
    landmarks[:, :, :2] = perfect_landmarks(sidecar) / size
    present = np.ones(len(landmarks), bool)
    np.savez(tmp_path / "a.npz", present=present, pose_landmarks=landmarks)
    output = tmp_path / "truth.json"
    assert main([str(tmp_path / "a.npz"), str(sidecar_path), "-o", str(output)]) == 0
    assert "mean error 0.00 %" in capsys.readouterr().out
    written = json.loads(output.read_text())
    assert written["mean_error_over_torso"] == 0
    assert [row["frame"] for row in written["landmarks"]][:3] == [0, 10, 20]


def test_absent_file_is_a_message(
    tmp_path: Path, sidecar_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "absent.jsonl"), str(sidecar_path)]) == 1
    assert "absent.jsonl" in capsys.readouterr().err


def test_mediapipe_tracks_the_figure_throughout(repository: Path, sidecar: dict[str, Any]) -> None:
    truth = json.loads((repository / "tests" / "samples" / "mediapipe_truth.json").read_text())
    assert truth["frames_with_pose"] == truth["frames"] == len(sidecar["frames"])
    assert truth["mean_error_over_torso"] < 0.06
    kept = np.full((truth["frames"], 33, 5), np.nan)
    for row in truth["landmarks"]:
        kept[row["frame"]] = row["pose_landmarks"]
    pixels = landmarks_to_pixels(kept, sidecar["width"], sidecar["height"])
    error = limb_error(pixels, sidecar)
    assert error.mean_error_over_torso == pytest.approx(truth["mean_error_over_torso"], abs=0.01)
    visibility = kept[::10, list(LIMB_LANDMARKS.values()), 3]
    assert np.mean(visibility > 0.9) > 0.9
