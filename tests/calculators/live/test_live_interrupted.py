"""A live run that is interrupted from outside, whatever it is at, ends in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.calculators.live.live_run import LONGEST_SECONDS
from tests.calculators.live.stream_server import Connection, Script, StreamServer, jpeg

GRAPH = """
input_side_packet: [{name: input_path, type: string}]
output_stream: [image]
node:
  - name: camera
    calculator: LiveSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image"]
    options: {open_timeout: 600, read_timeout: 600, reconnect_delay: 600, reconnect_delay_max: 600}
"""


def silent(connection: Connection) -> None:
    connection.stall()


def stalling(connection: Connection) -> None:
    connection.answer()
    connection.send_pictures(*[jpeg()] * 3)
    connection.stall()


def closing(connection: Connection) -> None:
    connection.answer()
    connection.send_pictures(*[jpeg()] * 3)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.slow
@pytest.mark.parametrize("script", [silent, stalling, closing])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_in_order(
    tmp_path: Path, script: Script, number: signal.Signals, code: int
) -> None:
    """The server would keep it waiting for ten minutes."""
    (tmp_path / "live.yaml").write_text(GRAPH, encoding="utf-8")
    is_asked = threading.Event()

    def play(connection: Connection) -> None:
        is_asked.set()
        script(connection)

    command = [sys.executable, "-c", "from graphflow.cli import main; main()", "run", "live.yaml"]
    with (
        StreamServer(play) as server,
        subprocess.Popen(
            [*command, "-i", server.address(), "--json"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert is_asked.wait(LONGEST_SECONDS)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, b"Traceback" in stderr) == (code, False), stderr.decode()
    assert json.loads(stdout)["status"] == "interrupted"
