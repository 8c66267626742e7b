"""Completion: click's scripts, and the names that come from graphs and contracts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from graphflow.cli import cli
from graphflow.commands.completion import PROGRAM, SHELLS, VARIABLE


def completed(*words: str) -> list[str]:
    """Return what the last word is completed to."""
    *before, incomplete = words
    found = ShellComplete(cli, {}, PROGRAM, VARIABLE).get_completions(before, incomplete)
    return [f"<{item.type}>" if item.type != "plain" else item.value for item in found]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_that_of_the_shell(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert f"{VARIABLE}={shell}_complete" in result.stdout


def test_an_unknown_shell_is_refused() -> None:
    result = CliRunner().invoke(cli, ["completion", "csh"])
    assert result.exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_reads_its_script() -> None:
    script = CliRunner().invoke(cli, ["completion", "bash"]).stdout
    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p graphflow"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_graphflow_completion graphflow" in done.stdout


def test_the_program_answers_a_shell() -> None:
    code = "import sys; from graphflow.cli import main; main()"
    words = {"COMP_WORDS": "graphflow ru", "COMP_CWORD": "1", VARIABLE: "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path), **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["plain,run"]


def test_commands_and_options_are_completed() -> None:
    assert completed("doc") == ["doctor"]
    assert completed("run", "--max") == ["--max-frames", "--max-latency"]


@pytest.mark.parametrize("command", ["run", "check", "draw"])
def test_graphs_are_bundled_ones_files_here_and_other_files(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pose_mine.yaml").touch()
    assert {"pose_tracking", "pose_mine.yaml"} <= set(completed(command, "pose_"))
    assert completed(command, "folder/") == ["<file>"]


def test_options_of_nodes_are_completed() -> None:
    assert completed("run", "pose_tracking", "--set", "gate_image.a") == ["gate_image.allow="]
    full = completed("run", "pose_tracking", "--set", "poselandmarkcpu__gate_image.a")
    assert full == ["poselandmarkcpu__gate_image.allow="]


def test_side_packets_parameters_and_models_are_completed() -> None:
    assert completed("run", "pose_tracking", "--side", "input_") == ["input_path="]
    assert completed("run", "pose_tracking", "--param", "heat") == ["heatmap_kernel_size="]
    assert completed("models", "fetch", "pose_det") == ["pose_detection"]


def test_calculators_are_completed() -> None:
    assert completed("describe", "PassThrou") == ["PassThroughCalculator"]


def test_warnings_are_completed_by_code() -> None:
    assert "GF001" in completed("explain", "GF0")


@pytest.mark.parametrize("graph", ["absent.yaml", "broken.yaml"])
def test_nothing_is_completed_of_a_graph_that_is_wrong(
    graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("node: [", encoding="utf-8")
    assert completed("run", graph, "--set", "") == []
    assert completed("run", graph, "--side", "") == []
    assert completed("run", "--set", "") == []


def test_completing_imports_nothing_that_a_graph_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "never_imported.py").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "graph.yaml").write_text(
        "import: never_imported\n"
        "input_side_packet: [level]\n"
        "node: {calculator: PassThroughCalculator, input_side_packet: [level], "
        "output_side_packet: [out]}\n",
        encoding="utf-8",
    )
    assert completed("run", "graph.yaml", "--set", "") == []
    assert completed("run", "graph.yaml", "--side", "") == ["level="]
    assert "never_imported" not in sys.modules
