"""`graphflow run --rerun`: a file for the viewer, and what is told where that does not work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graphflow.commands.rerun_view import end_view, start_view
from graphflow.graph import Graph
from tests.graphflow.command_line import COUNT, graphflow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "count.yaml").write_text(COUNT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_for_the_viewer_is_written(folder: Path) -> None:
    pytest.importorskip("rerun", reason="needs the extra rerun")
    result = graphflow("run", "count.yaml", "-q", "--rerun", "run.rrd")
    assert (result.exit_code, result.output) == (0, "")
    assert (folder / "run.rrd").read_bytes().startswith(b"RRF")


def test_a_graph_taken_for_the_viewer_is_told_with_a_hint() -> None:
    result = graphflow("run", "--rerun", "count.yaml", "other.yaml")
    assert result.exit_code == 2
    result = graphflow("run", "count.yaml", "--rerun", "count.yaml")
    assert result.exit_code == 2
    assert "write --rerun last" in result.stderr


def test_a_missing_extra_is_named_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    result = graphflow("run", "count.yaml", "--rerun", "run.rrd")
    assert result.exit_code == 2
    assert "pip install 'graphflow-perception[rerun]'" in result.stderr


def test_what_was_not_shown_is_told(folder: Path) -> None:
    pytest.importorskip("rerun", reason="needs the extra rerun")
    view = start_view(Graph.load(folder / "count.yaml"), "run.rrd")
    assert view is not None
    view.left_out = 3
    assert "3 packets were not shown" in end_view(view)
    view.fault = "OSError: disk full"
    assert "OSError: disk full" in end_view(view)
    assert end_view(start_view(Graph.load(folder / "count.yaml"), None)) == ""
