from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from samples.figure.camera import Camera
from samples.figure.make_clip import (
    FRAME_RATE,
    encode,
    main,
    parse_size,
    timestamps_of,
    true_joints,
    write_sidecar,
)
from samples.figure.skeleton import JOINT_NAMES


@pytest.fixture(scope="module")
def clip(repository: Path) -> Path:
    return repository / "samples" / "figure.mp4"


@pytest.fixture(scope="module")
def sidecar(repository: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((repository / "samples" / "figure.joints.json").read_text())
    return parsed


def test_sidecar_has_the_frames_and_timestamps_of_the_clip(
    clip: Path, sidecar: dict[str, Any]
) -> None:
    stored = [frame["timestamp_us"] for frame in sidecar["frames"]]
    assert stored == timestamps_of(clip)
    assert stored == sorted(set(stored))
    assert 4_000_000 <= stored[-1] <= 6_000_000


def test_sidecar_is_what_the_skeleton_says_now(sidecar: dict[str, Any]) -> None:
    camera = Camera(sidecar["width"], sidecar["height"])
    for index in range(0, len(sidecar["frames"]), 25):
        expected = np.array(true_joints(index / FRAME_RATE, camera))
        np.testing.assert_allclose(sidecar["frames"][index]["joints"], expected, atol=2e-3)


def test_joints_project_inside_the_frame(sidecar: dict[str, Any]) -> None:
    joints = np.array([frame["joints"] for frame in sidecar["frames"]])
    assert joints.shape[1:] == (len(JOINT_NAMES), 5)
    assert np.all(joints[:, :, :2] > 4)
    assert np.all(joints[:, :, 0] < sidecar["width"] - 5)
    assert np.all(joints[:, :, 1] < sidecar["height"] - 5)


def test_pixels_are_the_projection_of_the_metres(sidecar: dict[str, Any]) -> None:
    joints = np.array(sidecar["frames"][40]["joints"])
    projected = Camera(sidecar["width"], sidecar["height"]).project(joints[:, 2:].T)
    np.testing.assert_allclose(projected.T, joints[:, :2], atol=0.05)


def test_clip_is_small_and_plays_in_a_browser(clip: Path, sidecar: dict[str, Any]) -> None:
    content = clip.read_bytes()
    assert len(content) < 400_000
    assert content.index(b"moov") < content.index(b"mdat"), "starts before it is all there"
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height) == (sidecar["width"], sidecar["height"])
        assert video.average_rate == FRAME_RATE


def test_encoding_keeps_every_frame_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "grey.mp4"
    encode(path, (np.full((16, 32, 3), 8 * i, np.uint8) for i in range(7)), (32, 16))
    times = timestamps_of(path)
    assert times == [0, 33333, 66667, 100000, 133333, 166667, 200000]
    write_sidecar(tmp_path / "grey.joints.json", times, (32, 16))
    lines = (tmp_path / "grey.joints.json").read_text().splitlines()
    assert sum(line.startswith('{"timestamp_us"') for line in lines) == 7


@pytest.mark.parametrize("text", ["384", "axb", "15x20", "8x8", "384x511"])
def test_bad_size_is_told_with_what_was_expected(text: str) -> None:
    with pytest.raises(Exception, match="expected"):
        parse_size(text)


def test_missing_folder_is_a_message_and_not_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["-o", str(tmp_path / "absent" / "figure.mp4")])
    assert left.value.code == 2
    assert "there is no folder" in capsys.readouterr().err
