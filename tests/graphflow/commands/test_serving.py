"""`graphflow run --serve`: said where, refused in time, ended with the run."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from calculators.media.video_reader import VideoReader
from graphflow.commands.serving import end_serving, serving
from graphflow.graph import Graph
from tests.graphflow.command_line import graphflow

pytest.importorskip("aiohttp", reason="serving needs the extra serve")

GRAPH = """\
type: Count
node:
  - calculator: CountingSourceCalculator
    name: source
    output_stream: ["numbers"]
    input_side_packet: ["MAX_COUNT:max_count"]
  - calculator: PassThroughCalculator
    name: pass
    input_stream: ["numbers"]
    output_stream: ["same"]
input_side_packet: {name: max_count, type: int, default: 30}
output_stream: ["LANDMARKS:same"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "count.yaml").write_text(GRAPH, encoding="utf-8")
    (tmp_path / "untagged.yaml").write_text(GRAPH.replace("LANDMARKS:", ""), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_served_at_the_address_that_is_said_and_ends_as_it_would() -> None:
    result = graphflow("run", "count.yaml", "--serve", "0")
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("serving http://127.0.0.1:")
    assert "no password" not in result.stderr
    assert "frames  30" in result.stdout


def test_who_serves_the_network_is_told_what_that_means() -> None:
    result = graphflow("run", "count.yaml", "-q", "--serve", "0.0.0.0:0")
    assert result.exit_code == 0
    assert "everybody who reaches this machine can look; there is no password" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("count.yaml", "--serve", "8000x"), "expected PORT or HOST:PORT"),
        (("count.yaml", "--serve", "no such host:1"), 'no host "no such host"'),
        (("untagged.yaml", "--serve", "0"), "no output tagged IMAGE, LANDMARKS or WORLD_LANDMARKS"),
        (("count.yaml", "--serve-stream", "IMAGE=same"), "--serve-stream goes with --serve"),
        (("count.yaml", "--serve", "0", "--serve-stream", "IMAGE"), "expected TAG=STREAM"),
        (("count.yaml", "--serve", "0", "--serve-stream", "IMAGE=smae"), 'did you mean "same"'),
    ],
)
def test_what_can_not_be_is_told_before_the_run(arguments: tuple[str, ...], fault: str) -> None:
    result = graphflow("run", *arguments)
    assert result.exit_code == 2
    assert fault in result.stderr
    assert result.stdout == ""


def test_a_port_in_use_is_told_before_the_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = graphflow("run", "count.yaml", "--serve", str(other.getsockname()[1]))
    assert result.exit_code == 2
    assert "in use by another program" in result.stderr


def test_a_missing_extra_is_named_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("graphflow.serving")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    result = graphflow("run", "count.yaml", "--serve", "0")
    assert result.exit_code == 2
    assert "pip install 'graphflow-perception[serve]'" in result.stderr


def test_a_run_without_it_imports_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphflow.serving", None)
    assert graphflow("run", "count.yaml", "-q").exit_code == 0


def test_other_streams_can_be_served() -> None:
    result = graphflow("run", "untagged.yaml", "-q", "--serve", "0", "--serve-stream", "IMAGE=same")
    assert result.exit_code == 0, result.output


COPY = """\
input_side_packet: [input_path, output_path]
node:
  - calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
output_stream: ["IMAGE:image"]
"""


def test_a_served_run_writes_its_video_meanwhile(folder: Path) -> None:
    (folder / "copy.yaml").write_text(COPY, encoding="utf-8")
    (folder / "in").mkdir()
    for number in range(3):
        image = np.full((48, 64, 3), 60 * number, np.uint8)
        cv2.imwrite(str(folder / "in" / f"{number}.png"), image)
    result = graphflow("run", "copy.yaml", "-q", "-i", "in", "-o", "out.mp4", "--serve", "0")
    assert result.exit_code == 0, result.output
    assert len(list(VideoReader(folder / "out.mp4"))) == 3


def test_a_comparison_of_two_runs_is_not_served(folder: Path) -> None:
    count = "{name: max_count, type: int, default: 30}"
    text = GRAPH.replace(count, f"[{count}, {{name: realtime, type: bool, default: false}}]")
    (folder / "paced.yaml").write_text(text, encoding="utf-8")
    result = graphflow("run", "paced.yaml", "--compare-offline", "--serve", "0")
    assert result.exit_code == 2
    assert "--serve can't go with it" in result.stderr


def test_nobody_is_told_of_the_end_where_nobody_is_served() -> None:
    with serving(Graph.from_text(GRAPH), None, (), print) as server:
        assert server is None
        end_serving(server, "done", None)
