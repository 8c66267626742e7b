"""`graphflow run --trace --profile`: what is written where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphflow.commands.tracing import Traces, profile_text, traces_of
from graphflow.trace import NodeProfile, Profile, TraceFile
from tests.graphflow.command_line import COUNT, graphflow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "count.yaml").write_text(COUNT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_trace_is_written_and_the_profile_is_told_on_stderr(folder: Path) -> None:
    result = graphflow("run", "count.yaml", "--trace", "trace.json", "--profile")
    assert result.exit_code == 0
    events = json.loads((folder / "trace.json").read_text())["traceEvents"]
    assert [each["name"] for each in events if each["ph"] == "X"].count("pass") == 5 + 2
    assert "queued" not in result.stdout
    rows = [line.split() for line in result.stderr.splitlines()]
    assert rows[0][:2] == ["node", "calls"]
    assert sorted(row[0] for row in rows[1:]) == ["pass", "source"]


def test_the_json_summary_has_the_profile() -> None:
    result = graphflow("run", "count.yaml", "--profile", "--json")
    rows = {row["node"]: row for row in json.loads(result.stdout)["profile"]}
    assert rows["pass"]["calls"] == 5
    assert set(rows) == {"source", "pass"}
    assert sum(row["share"] for row in rows.values()) < 1.001  # observers have a part too


def test_without_being_asked_nothing_is_traced() -> None:
    assert traces_of(None, None, has_profile=False).tracer is None
    assert json.loads(graphflow("run", "count.yaml", "--json").stdout)["profile"] == []


def test_a_trace_that_can_not_be_written_is_an_error_before_the_run(folder: Path) -> None:
    result = graphflow("run", "count.yaml", "--trace", "missing/trace.json")
    assert result.exit_code == 1
    assert "missing/trace.json" in result.stderr


def test_a_trace_that_broke_off_is_told(folder: Path) -> None:
    file = TraceFile(folder / "t.json")
    file.error = OSError(28, "No space left on device")
    assert "t.json: No space left on device" in Traces(file=file).fault
    assert Traces(profile=Profile()).fault == ""


def test_the_table_has_means_by_call() -> None:
    rows = [NodeProfile("a__slow", 4, 0.02, 0.008, 0.004, 0.0, 0.1, 0.75, 3), NodeProfile("idle")]
    assert profile_text(rows) == (
        "node  calls     busy  share  ms a call  longest  queued  waiting  lost\n"
        "slow      4  0.020 s  75.0%       5.00     8.00    1.00     0.00     3"
    )
