"""Ctrl-C and SIGTERM: exit codes 130 and 143, and files that are whole up to there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.types import RgbImage
from graphflow import Calculator, Context, Contract, Packet, Port
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry

Run = Callable[..., Any]

SIGNAL_AT = 20
GRAPH_SOURCE = """\
  - name: source
    calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path", "MAX_FRAMES:max_frames"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:video_header"]
"""
ENDLESS_SOURCE = """\
  - name: source
    calculator: EndlessCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image"]
"""


class EndlessCalculator(Calculator[NoOptions]):
    """Gives frames for ever, as a camera does, and sends its process a signal at one of them."""

    contract = Contract(
        outputs=(Port("VIDEO", RgbImage),), side_inputs=(Port("INPUT_FILE_PATH", str),)
    )

    def open(self, context: Context) -> None:
        """Begin to count."""
        self._count = 0

    def process(self, context: Context) -> None:
        """Give a frame."""
        if self._count == SIGNAL_AT:
            signal.raise_signal(getattr(signal, context.side_inputs["INPUT_FILE_PATH"]))
        frame = np.full((48, 64, 3), self._count % 256, np.uint8)
        frame.setflags(write=False)
        context.outputs["VIDEO"].add(Packet(frame, 100_000 * self._count))
        self._count += 1


@pytest.fixture
def endless(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let record.yaml record an endless source; its input_path names the signal."""
    known = {**registry._classes, "EndlessCalculator": EndlessCalculator}
    monkeypatch.setattr(registry, "_classes", known)
    path = folder / "record.yaml"
    text = path.read_text(encoding="utf-8").replace(GRAPH_SOURCE, ENDLESS_SOURCE)
    text = text.replace('["VIDEO:image", "VIDEO_PRESTREAM:video_header"]', '["VIDEO:image"]')
    path.write_text(text + "max_queue_size: 4\n", encoding="utf-8")


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_run_keeps_what_was_written(record: Run, name: str, code: int) -> None:
    outcome = record(name)
    outcome.check_told(code, "interrupted; the files written so far are closed")
    assert outcome.stdout.startswith("frames  ")
    assert "(interrupted)" in outcome.stdout
    assert len(outcome.records) > SIGNAL_AT - 10
    assert len(outcome.times) > SIGNAL_AT - 10
    assert [each["frame"] for each in outcome.records] == list(range(len(outcome.records)))
    assert outcome.times == [100_000 * index for index in range(len(outcome.times))]
    assert not [each for each in outcome.files if "partial" in each]


@pytest.mark.usefixtures("endless")
def test_an_interrupted_run_sums_up_in_json_too(record: Run) -> None:
    outcome = record("SIGINT", "--json")
    summary = json.loads(outcome.stdout)
    assert (summary["status"], summary["error"]) == ("interrupted", None)
    assert set(summary["files"]) == {"tracked.mp4", "pose.jsonl"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_while_an_address_is_silent_ends_the_program(folder: Path) -> None:
    """Nothing answers, nothing runs yet: two signals end it at once."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4"
        program = "from graphflow.cli import main; main()"
        with subprocess.Popen(
            [sys.executable, "-c", program, "run", "record.yaml", "-i", address],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            connection, _ = server.accept()  # The graph runs, and its source waits.
            with connection:
                process.send_signal(signal.SIGINT)
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=15)
    assert process.returncode in (-signal.SIGINT, -signal.SIGTERM)
