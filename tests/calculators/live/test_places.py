"""What names mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from calculators.live.places import PlaceKind, is_file, place_of
from graphflow.words.errors import UsageError


def test_a_name_means_what_it_looks_like(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    for name, kind in (
        ("-", PlaceKind.STANDARD_INPUT),
        ("rtsp://camera/1", PlaceKind.ADDRESS),
        ("http://camera/video.mjpg", PlaceKind.ADDRESS),
        (str(clip), PlaceKind.FILE),
        ("shots/*.png", PlaceKind.FILE),
    ):
        assert place_of(name).kind is kind
        assert is_file(name) == (kind is PlaceKind.FILE)


def test_rtsp_is_read_over_tcp() -> None:
    assert place_of("RTSP://camera/1").options["rtsp_transport"] == "tcp"
    assert "rtsp_transport" not in place_of("http://camera/1").options


def test_passwords_are_left_out_of_names_alone() -> None:
    place = place_of("rtsp://me:p@ss@camera:554/1")
    assert (place.name, place.target) == ("rtsp://camera:554/1", "rtsp://me:p@ss@camera:554/1")


def test_a_file_may_be_named_like_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "7").write_bytes(b"")
    assert is_file("7")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there are no devices here")
def test_a_video_device_is_a_camera_by_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert place_of("/dev/null").kind is PlaceKind.FILE
    monkeypatch.setattr("os.major", lambda device: 81)
    place = place_of("/dev/null")
    assert (place.kind, place.device_format) == (PlaceKind.CAMERA, "v4l2")


def test_a_camera_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UsageError, match=r"no camera 987 \(/dev/video987 does not exist\)"):
        place_of("987")


def test_systems_without_cameras_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(UsageError, match="cameras are not supported on win32"):
        place_of("0")


def test_nothing_is_no_name() -> None:
    with pytest.raises(UsageError, match="no input was named"):
        place_of("")
