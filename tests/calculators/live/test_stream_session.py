"""Sessions with devices and pipes: what FFmpeg opens besides addresses."""

from __future__ import annotations

import errno
from itertools import islice
from pathlib import Path

import av
import pytest

from calculators.live.places import Place, PlaceKind
from calculators.live.stream_session import Patience, StreamLost, StreamSession
from graphflow.running.clock import VirtualClock
from graphflow.words.errors import UsageError

PATIENCE = Patience(5, 5)


def test_frames_of_a_device_come_with_its_times() -> None:
    """FFmpeg's test picture stands for a camera."""
    try:
        av.format.ContainerFormat("lavfi", "r")
    except ValueError:
        pytest.skip("this FFmpeg has no virtual devices")
    place = Place("camera 9", PlaceKind.CAMERA, "testsrc=size=64x48:rate=10", "lavfi")
    session = StreamSession(place, PATIENCE, VirtualClock(77))
    arrivals = list(islice(session, 3))
    session.close()
    assert [each.own_us for each in arrivals] == [0, 100_000, 200_000]
    assert {each.arrival_us for each in arrivals} == {77}
    assert session.duration_us is None


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "usermod -aG video"),
        (errno.EBUSY, "another program uses it"),
        (errno.ENOTTY, "this is no camera"),
        (errno.ENODEV, "No such device"),
    ],
)
def test_why_a_camera_can_not_be_opened_is_told(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        av.error.err_check(-number)

    monkeypatch.setattr(av, "open", refuse)
    place = Place("camera 0", PlaceKind.CAMERA, "/dev/video0", "v4l2")
    with pytest.raises(StreamLost, match=words):
        StreamSession(place, PATIENCE, VirtualClock())


def test_a_pipe_without_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=800)
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    place = Place("standard input", PlaceKind.STANDARD_INPUT, "-")
    with path.open("rb") as file, pytest.raises(UsageError, match="has no video, only audio"):
        StreamSession(place, PATIENCE, VirtualClock(), file)
