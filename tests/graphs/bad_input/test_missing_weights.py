"""Model files that are missing, damaged or something else, and runtimes that are absent."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphflow.nodes import resources
from graphflow.words.bundle import bundled_folder

Make = Callable[..., Path]
Run = Callable[..., Any]

RUN = ("run", "pose_tracking", "-o", "tracked.mp4", "--side", "landmarks_path=pose.jsonl")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of an installation without any: the manifest alone."""
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(bundled_folder("models") / "manifest.yaml", models)
    monkeypatch.setattr(resources, "bundled_folder", lambda name: models)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(resources.FOLDER_VARIABLE, raising=False)
    return models


@pytest.mark.parametrize("graph", ["pose_tracking", "pose_landmarks"])
def test_missing_weights_are_told_with_the_command_that_fetches_them(
    call: Run, bare: Path, make_clip: Make, graph: str
) -> None:
    outcome = call("run", graph, "-i", make_clip(), "--offline")
    outcome.check_told(
        1,
        'file "pose_detection" is missing; looked for',
        str(bare / "pose_detection.tflite"),
        "hint: run: graphflow models fetch",
    )
    assert outcome.files == set()


@pytest.mark.parametrize("content", [b"", b"TFL3" * 100])
def test_truncated_weights_are_told_in_bytes(
    call: Run, bare: Path, make_clip: Make, content: bytes
) -> None:
    (bare / "pose_detection.tflite").write_bytes(content)
    outcome = call(*RUN, "-i", make_clip(), "--offline")
    outcome.check_told(
        1,
        "pose_detection.tflite: file is damaged or not pose_detection",
        f"found {len(content)} bytes; expected 2,959,046 bytes",
        "delete it and run: graphflow models fetch",
    )
    outcome.check_nothing_written()


@pytest.mark.usefixtures("weights")
def test_a_flipped_byte_in_the_weights_is_found(
    call: Run, make_clip: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(resources.default_store().find("pose_landmark_full").read_bytes())
    content[100_000] ^= 1
    (tmp_path / "pose_landmark_full.tflite").write_bytes(content)
    monkeypatch.setenv(resources.FOLDER_VARIABLE, str(tmp_path))
    outcome = call(*RUN, "-i", make_clip())
    outcome.check_told(1, "pose_landmark_full.tflite: file is damaged", "expected SHA-256")
    outcome.check_nothing_written()


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty; expected a .tflite model"),
        (b"some text, no model\n" * 9, "it should be a whole .tflite file"),
        (None, "it should be a whole .tflite file"),
    ],
)
def test_a_model_that_is_none_is_told(
    call: Run, make_clip: Make, tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is None:
        content = (bundled_folder("models") / "test_pose_2020.tflite").read_bytes()[:20_000]
    model = tmp_path / "model.tflite"
    model.write_bytes(content)
    sides = ("--side", f"landmark_model_path={model}", "--side", "landmarks_path=pose.jsonl")
    outcome = call("run", "pose_tracking_2020", "-i", make_clip(), "-o", "tracked.mp4", *sides)
    outcome.check_told(1, "landmark_model", "failed in open", "model.tflite", words)


@pytest.mark.usefixtures("weights")
def test_an_unknown_model_is_told_with_the_places_looked_at(call: Run, make_clip: Make) -> None:
    sides = ("--side", "landmark_model_path=none.tflite", "--side", "landmarks_path=pose.jsonl")
    outcome = call("run", "pose_tracking_2020", "-i", make_clip(), "-o", "tracked.mp4", *sides)
    outcome.check_told(1, 'file "none.tflite" is missing; looked for', "check the name")


@pytest.mark.usefixtures("weights")
def test_without_any_runtime_the_one_to_install_is_told(
    call: Run, make_clip: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ai_edge_litert", "tflite_runtime"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, f"{name}.interpreter", None)
    outcome = call(*RUN, "-i", make_clip())
    outcome.check_told(
        1,
        "no TFLite runtime can be imported",
        "ai_edge_litert: ",
        "tflite_runtime: ",
        "hint: pip install ai-edge-litert",
    )
    outcome.check_nothing_written()


@pytest.mark.usefixtures("weights")
def test_an_unknown_runtime_is_told(
    call: Run, make_clip: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHFLOW_RUNTIME", "onnx")
    outcome = call(*RUN, "-i", make_clip())
    outcome.check_told(1, 'unknown runtime "onnx"', '"ai_edge_litert", "tflite_runtime"')


def test_users_without_a_home_have_a_cache_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert resources.user_cache_folder({}, "linux").name == "graphflow"
