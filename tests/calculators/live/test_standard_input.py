"""Standard input: encoded and raw video from a pipe."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from calculators.live.standard_input import StandardInput
from tests.calculators.live.clips import write_clip
from tests.calculators.live.live_run import QUICK, LiveRun

RAW = QUICK + ", raw_format: {}, width: 64, height: 48, frame_rate: 10"


class Pipe:
    """Standard input in a test: what is written to `end` is read there."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self.end = os.fdopen(write, "wb", buffering=0)
        self.stream = os.fdopen(read, "rb", buffering=0)

    def feed(self, content: bytes) -> None:
        """Write and close, in a thread, for a pipe holds little."""
        threading.Thread(target=self._write, args=(content,), daemon=True).start()

    def _write(self, content: bytes) -> None:
        try:
            with self.end:
                self.end.write(content)
        except BrokenPipeError:
            return


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    made = Pipe()
    monkeypatch.setattr(sys, "stdin", made.stream)
    yield made
    made.end.close()
    made.stream.close()


def test_encoded_video_is_given_whole(pipe: Pipe, tmp_path: Path) -> None:
    pipe.feed(write_clip(tmp_path / "clip.mkv", frames=12).read_bytes())
    with LiveRun("-") as run:
        assert run.end() is None
        assert [packet.timestamp for packet in run.frames] == [100_000 * n for n in range(12)]
        assert run.notices == []


@pytest.mark.parametrize(
    ("raw_format", "channels", "expected"),
    [("rgb24", 3, (10, 20, 30)), ("bgr24", 3, (30, 20, 10)), ("gray", 1, (10, 10, 10))],
)
def test_raw_frames_are_given_whole(
    pipe: Pipe, raw_format: str, channels: int, expected: tuple[int, int, int]
) -> None:
    picture = np.zeros((48, 64, channels), np.uint8) + np.array([10, 20, 30][:channels], np.uint8)
    pipe.feed(picture.tobytes() * 5)
    with LiveRun("-", RAW.format(raw_format)) as run:
        assert run.end() is None
        assert [packet.timestamp for packet in run.frames] == [100_000 * n for n in range(5)]
        assert tuple(run.frames[0].value[0, 0]) == pytest.approx(expected, abs=1)


def test_in_real_time_frames_have_the_time_at_which_they_came(pipe: Pipe) -> None:
    with LiveRun("-", RAW.format("gray"), realtime=True) as run:
        pipe.end.write(bytes(64 * 48))
        pipe.end.write(bytes(64 * 48))
        run.wait_for_frames(1)
        pipe.end.write(bytes(64 * 48))
        run.wait_for_frames(2)
        pipe.end.close()
        assert run.end() is None
        assert run.frames[0].timestamp == 0
        assert run.frames[-1].timestamp != 100_000  # by the clock, not by the rate


def test_nothing_is_told(pipe: Pipe) -> None:
    pipe.end.close()
    with LiveRun("-") as run:
        assert "standard input: nothing came; expected a video" in str(run.end())


def test_text_is_no_video(pipe: Pipe) -> None:
    pipe.feed(b"Hello. " * 1000)
    with LiveRun("-") as run:
        # What exactly FFmpeg takes text for differs between its versions.
        assert re.search("standard input: (can't be read as a|has no) video", str(run.end()))


def test_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = SimpleNamespace(closed=False, isatty=lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    with LiveRun("-") as run:
        assert "standard input is a terminal" in str(run.end())


def test_a_closed_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdin", closed)
    with LiveRun("-") as run:
        assert "standard input is closed" in str(run.end())


def test_a_run_ends_while_nothing_comes(pipe: Pipe) -> None:
    with LiveRun("-") as run:
        run.cancel()


def test_a_run_ends_while_frames_wait(pipe: Pipe) -> None:
    with LiveRun("-", RAW.format("gray")) as run:
        run.gate.clear()
        pipe.feed(bytes(64 * 48) * 20)
        run.graph.cancel()
        run.gate.set()
        run.cancel()


def test_silence_is_told_once(pipe: Pipe) -> None:
    options = RAW.format("gray").replace("read_timeout: 5", "read_timeout: 0.05")
    with LiveRun("-", options) as run:
        pipe.end.write(bytes(64 * 48))
        run.wait_for(lambda: len(run.notices) >= 1)
        assert run.notices == ["standard input: nothing came for 0.05 s; waiting for it"]
        pipe.end.close()
        assert run.end() is None
        assert len(run.notices) == 1


def test_a_reader_that_nobody_wants_any_more_takes_nothing_from_the_pipe(pipe: Pipe) -> None:
    pipe.end.write(b"for whoever reads next")
    answers = iter([False, True])
    reader = StandardInput(lambda: next(answers, True))
    assert reader.read(100) == b""
    assert reader.is_empty
    assert pipe.stream.read(100) == b"for whoever reads next"
