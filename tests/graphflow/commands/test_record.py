"""`graphflow record` and `graphflow run --record`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli

pytest.importorskip("mcap", reason="needs the extra `record`")
pytest.importorskip("msgpack", reason="needs the extra `record`")

GRAPH = """
node:
  - {calculator: CountingSourceCalculator, name: count, output_stream: ["number"],
     input_side_packet: ["MAX_COUNT:count"]}
  - {calculator: PassThroughCalculator, name: pass, input_stream: [number], output_stream: [same]}
input_side_packet: [{name: count, type: int, default: 5}]
"""


@pytest.fixture
def graph_file(tmp_path: Path) -> Path:
    path = tmp_path / "count.yaml"
    path.write_text(GRAPH, encoding="utf-8")
    return path


def graphflow(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def test_run_records_everything(graph_file: Path, tmp_path: Path) -> None:
    from graphflow.recording import Recording

    result = graphflow("run", graph_file, "--record", tmp_path / "run.mcap")
    assert result.exit_code == 0, result.output
    with Recording(tmp_path / "run.mcap") as recording:
        assert [each.value for each in recording.packets("same")] == [0, 1, 2, 3, 4]
        assert {each.node for each in recording.calls()} == {"count", "pass"}


def test_record_records_what_is_chosen(graph_file: Path, tmp_path: Path) -> None:
    from graphflow.recording import Recording

    result = graphflow("record", graph_file, tmp_path / "run.mcap", "--streams", "same")
    assert result.exit_code == 0, result.output
    with Recording(tmp_path / "run.mcap") as recording:
        assert recording.streams == ("same",)


def test_an_unknown_name_is_a_usage_error(graph_file: Path, tmp_path: Path) -> None:
    result = graphflow("record", graph_file, tmp_path / "run.mcap", "--nodes", "pas")
    assert result.exit_code == 2
    assert 'no node "pas"' in result.stderr
    assert 'did you mean "pass"' in result.stderr


def test_a_file_that_cannot_be_made_is_told(graph_file: Path, tmp_path: Path) -> None:
    result = graphflow("run", graph_file, "--record", tmp_path / "none" / "run.mcap")
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr


def test_missing_packages_are_named(
    graph_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "mcap.writer", None)
    result = graphflow("run", graph_file, "--record", tmp_path / "run.mcap")
    assert result.exit_code == 1
    assert "pip install 'graphflow-perception[record]'" in result.stderr
    assert not (tmp_path / "run.mcap").exists()


def test_a_recording_that_fails_makes_the_command_fail(graph_file: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    result = graphflow("run", graph_file, "--record", "/dev/full")
    assert result.exit_code == 1
    assert "/dev/full: " in result.stderr
