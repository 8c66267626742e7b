"""Servers: the two sides, each in a process of its own that measures on request.

A request is one JSON line; it names what to do and with what. The answer is one JSON line. Between
requests a side keeps its imports, and nothing else runs in its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.mediapipe_environment import THEIRS, EnvironmentProblem

VERBOSE: Final = "BENCHMARKS_VERBOSE"
"""Environment variable: if it is set, the sides' own words are shown."""

OURS: Final = (sys.executable, "-m", "benchmarks.ours.serve")


class Server:
    """One side, waiting for requests.

    Args:
        process: started with pipes for its input and output.
        name: for messages.
    """

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    def send(self, do: str, **request: Any) -> None:
        """Ask for something, without waiting."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, **request}), file=self._process.stdin, flush=True)

    def receive(self) -> dict[str, Any]:
        """Wait for the answer to what was sent.

        Raises:
            EnvironmentProblem: the side failed or ended.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EnvironmentProblem(
                f"{self._name} ended without an answer; {VERBOSE}=1 shows its own words"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EnvironmentProblem(f"{self._name}: {answer['error']}")
        return answer

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request, and wait for its answer.

        Raises:
            EnvironmentProblem: the side failed or ended.
        """
        self.send(do, **request)
        return self.receive()


@contextmanager
def graphflow_server() -> Iterator[Server]:
    """Start our side."""
    with _server(OURS, "graphflow's side") as server:
        yield server


@contextmanager
def mediapipe_server(python: Path) -> Iterator[Server]:
    """Start MediaPipe's side in its environment."""
    with _server([str(python), str(THEIRS / "serve.py")], "MediaPipe's side") as server:
        yield server


@contextmanager
def _server(command: Sequence[str], name: str) -> Iterator[Server]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get(VERBOSE) else subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Server(process, name)
        finally:
            assert process.stdin is not None
            process.stdin.close()
