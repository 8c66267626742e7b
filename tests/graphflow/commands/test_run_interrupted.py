from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

pty = pytest.importorskip("pty", reason="a terminal is needed to see the run begin")

FRAMES = 400
GRAPH = """\
max_queue_size: 1
input_side_packet:
  - {name: "input_path", type: string}
  - {name: "output_path", type: string}
node:
  - calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip that takes much longer to copy than the bar takes to appear."""
    path = tmp_path / "clip.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (720, 640, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height = 640, 360
        for index in range(FRAMES):
            picture = noise[index % 360 :][:360]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_files_whole(
    tmp_path: Path, clip: Path, number: signal.Signals, code: int
) -> None:
    (tmp_path / "copy.yaml").write_text(GRAPH, encoding="utf-8")
    terminal, stderr = pty.openpty()
    command = [sys.executable, "-c", "from graphflow.cli import main; main()", "run", "copy.yaml"]
    with subprocess.Popen(
        [*command, "-i", str(clip), "-o", "copy.mp4", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    ) as process:
        os.close(stderr)
        said = b""
        # The bar says that ten frames were read. Few can wait, so some have reached the sink.
        while not re.search(rb"[1-9]\d+/400 frames", said):
            said += os.read(terminal, 1024)
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=60)
    os.close(terminal)
    assert process.returncode == code
    summary = json.loads(stdout)
    assert summary["status"] == "interrupted"
    assert summary["files"] == ["copy.mp4"]
    assert 0 < frames_in(tmp_path / "copy.mp4") <= summary["frames"] < FRAMES


LIVE = """\
max_queue_size: 2
input_side_packet:
  - {name: "input_path", type: string}
  - {name: "output_path", type: string}
output_stream: ["AGE:age"]
node:
  - calculator: LiveSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
    output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
  - calculator: AgeGateCalculator
    input_stream: ["image"]
    input_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
    output_stream: ["current_image", "AGE:age"]
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:current_image", "VIDEO_PRESTREAM:video_header"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
"""


@pytest.mark.slow
def test_a_recording_of_a_stream_that_fell_silent_is_whole(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text(LIVE, encoding="utf-8")
    sent, count = io.BytesIO(), 40
    with av.open(sent, "w", format="mpegts") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(count):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    terminal, stderr = pty.openpty()
    command = [sys.executable, "-c", "from graphflow.cli import main; main()", "run", "live.yaml"]
    with subprocess.Popen(
        [*command, "-i", "-", "-o", "copy.mp4", "--json"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    ) as process:
        os.close(stderr)
        assert process.stdin is not None
        process.stdin.write(sent.getvalue())
        process.stdin.flush()
        said = b""
        while not re.search(rb"[1-9]\d+ frames", said):
            said += os.read(terminal, 1024)
        process.send_signal(signal.SIGINT)  # the pipe is still open, and silent
        assert process.stdout is not None
        summary = json.loads(process.stdout.read())
    os.close(terminal)
    assert process.returncode == 130
    assert (summary["status"], summary["files"]) == ("interrupted", ["copy.mp4"])
    assert 10 <= summary["ages"]["count"] <= count
    assert frames_in(tmp_path / "copy.mp4") == summary["ages"]["count"]
