"""A run that stands still says why: by --stall-after, and when it is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

NODES = """
import os
from graphflow import Calculator, Contract, Packet, Port, register
from graphflow.nodes.options import NoOptions

@register
class Number(Calculator[NoOptions]):
    contract = Contract(outputs=(Port("", int),))

    def process(self, context):
        context.outputs[0].add(Packet(7, 7))
        context.stop()

@register
class Hang(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context):
        os.read({pipe}, 1)  # until the test writes
        context.outputs[0].emit(8)
"""
GRAPH = """\
node:
  - {calculator: Number, name: number, output_stream: [number]}
  - {calculator: Hang, name: hang, input_stream: [number], output_stream: [same]}
  - {calculator: PassThroughCalculator, name: after, input_stream: [same], output_stream: [end]}
"""
MAIN = "import nodes; from graphflow.cli import main; main()"


class Child(NamedTuple):
    """A run whose node hangs until it is let go."""

    process: subprocess.Popen[str]
    gate: int

    def says(self, words: str) -> str:
        """Read stderr up to a line with `words`."""
        assert self.process.stderr is not None
        said = ""
        for line in self.process.stderr:
            said += line
            if words in line:
                return said
        raise AssertionError(f"never said {words!r}: {said}")

    def end(self) -> tuple[int, str]:
        """Let the node go; return the exit code, and the rest of stderr."""
        os.write(self.gate, b".")
        _, rest = self.process.communicate(timeout=60)
        return self.process.returncode, rest


@contextmanager
def hanging_run(folder: Path, *options: str) -> Iterator[Child]:
    pipe, gate = os.pipe()
    (folder / "nodes.py").write_text(NODES.replace("{pipe}", str(pipe)), encoding="utf-8")
    (folder / "graph.yaml").write_text(GRAPH, encoding="utf-8")
    command = [sys.executable, "-c", MAIN, "run", "graph.yaml", "--stall-after", "0.05", *options]
    with subprocess.Popen(
        command,
        cwd=folder,
        pass_fds=[pipe],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Child(process, gate)
        finally:
            process.kill()
            os.close(pipe)
            os.close(gate)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="inherited pipes are POSIX's")
def test_a_stall_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    with hanging_run(tmp_path) as child:
        said = child.says("in the end it waits for")
        assert "stalled: no progress for 0.05 s\n" in said
        assert '  graph.yaml:3:30: node "hang" is running: process at 7, for 0.' in said
        assert "nodes.py:19 in process\n" in said
        assert "    note: 1 node waits for it\n" in said
        code, rest = child.end()
        assert code == 0
        assert "process at 7" not in rest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="inherited pipes are POSIX's")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_what_it_was_doing(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with hanging_run(tmp_path) as child:
        child.says("stalled")
        child.process.send_signal(number)
        said = child.says("a second signal kills it")
        assert "interrupted; the run was at\n" in said
        assert 'node "hang" is running: process at 7, for ' in said.split("run was at")[1]
        found, rest = child.end()
        assert found == code
        assert rest.endswith("interrupted; the files written so far are closed\n")
