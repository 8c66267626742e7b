from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest


@pytest.fixture
def check(repository: Path) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("check", repository / "tools/check_outputs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 32, 32
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("lines", "more", "code"),
    [
        (["{}", "{}", "{}"], [], 0),
        (["{}", "{}", "{}"], ["--frames", "3"], 0),
        (["{}", "{}", "{}"], ["--frames", "4"], 1),
        (["{}", "{}"], [], 1),
        (["{}", "{}", "{"], [], 1),
        (["{}", "{}", "1"], [], 1),
        (None, [], 1),
    ],
)
def test_frames_and_lines_must_agree(
    check: ModuleType,
    video: Path,
    tmp_path: Path,
    lines: list[str] | None,
    more: list[str],
    code: int,
) -> None:
    landmarks = tmp_path / "landmarks.jsonl"
    if lines is not None:
        landmarks.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert check.main([*more, str(video), str(landmarks)]) == code


def test_a_damaged_video_is_a_failure(check: ModuleType, tmp_path: Path) -> None:
    video, landmarks = tmp_path / "video.mp4", tmp_path / "landmarks.jsonl"
    video.write_bytes(b"no video")
    landmarks.write_text("{}\n", encoding="utf-8")
    assert check.main([str(video), str(landmarks)]) == 1
