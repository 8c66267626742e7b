from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.nodes import registry as registries


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["list", *arguments], prog_name="graphflow")


def test_every_name_has_a_line_with_origin_and_summary() -> None:
    lines = run().stdout.splitlines()
    (gate,) = (line for line in lines if line.startswith("GateCalculator "))
    assert "  calculator " in gate
    assert "graphflow" in gate
    assert gate.endswith("Pass packets where a signal allows it, and drop them elsewhere.")
    assert any(line.startswith("PoseLandmarkCpu ") and "  graph " in line for line in lines)
    assert any(line.startswith("SwitchContainer ") and "subgraph class" in line for line in lines)


def test_a_word_chooses_by_name_and_summary() -> None:
    names = {line.split()[0] for line in run("region").stdout.splitlines()}
    assert "PoseDetectionToRoi" in names
    assert "GateCalculator" not in names


def test_nothing_found_is_a_wrong_request() -> None:
    result = run("xyzzy")
    assert (result.exit_code, result.stdout) == (2, "")


def test_json_has_the_same_lines() -> None:
    nodes = json.loads(run("--json").stdout)["nodes"]
    assert [each["name"] for each in nodes] == [
        line.split()[0] for line in run().stdout.splitlines()
    ]
    gate = next(each for each in nodes if each["name"] == "GateCalculator")
    assert set(gate) == {"name", "kind", "summary", "origin", "place"}
    assert gate["place"] == "calculators.flow.gate"


def test_own_modules_and_folders_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nodes_for_the_list.py").write_text(
        "from graphflow import Calculator, Contract, Port, register\n"
        "@register\n"
        "class ListedCalculator(Calculator):\n"
        '    """Do something of one\'s own."""\n'
        "    contract = Contract(outputs=(Port(''),))\n",
        encoding="utf-8",
    )
    (tmp_path / "own_graph.yaml").write_text("# Does what we need. And more.\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        registries.registry, "_classes", dict(registries.registry._classes), raising=True
    )
    text = run("--import", "nodes_for_the_list", "--graphs", str(tmp_path)).stdout
    assert "ListedCalculator" in text
    assert "Do something of one's own." in text
    assert "nodes_for_the_list" in text
    assert "OwnGraph" in text
    assert "Does what we need.\n" in text


def test_a_module_that_fails_is_told() -> None:
    result = run("--import", "no_such_module_anywhere")
    assert result.exit_code == 2
    assert '--import: module "no_such_module_anywhere" fails' in result.stderr
