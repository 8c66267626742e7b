from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.cli import cli
from graphflow.nodes import registry as registries


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["schema", *arguments], prog_name="graphflow")


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    printed = run().stdout
    assert json.loads(printed)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    result = run("-o", str(tmp_path / "graph.schema.json"))
    assert result.stdout == ""
    assert (tmp_path / "graph.schema.json").read_text(encoding="utf-8") == printed


def test_own_calculators_and_graphs_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nodes_for_the_schema.py").write_text(
        "from graphflow import Calculator, Contract, Options, Port, register\n"
        "class Own(Options):\n"
        "    size_px: int = 3\n"
        "@register\n"
        "class SchemedCalculator(Calculator):\n"
        '    """Do something of one\'s own."""\n'
        "    contract = Contract(outputs=(Port('OUT'),), options=Own)\n",
        encoding="utf-8",
    )
    (tmp_path / "own_graph.yaml").write_text(
        "parameter: [{name: speed, type: float, default: 1.0}]\n"
        "input_stream: [a]\noutput_stream: [b]\n"
        "node: [{calculator: PassThroughCalculator, input_stream: a, output_stream: b}]\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        registries.registry, "_classes", dict(registries.registry._classes), raising=True
    )
    result = run("--import", "nodes_for_the_schema", "--graphs", str(tmp_path))
    definitions = json.loads(result.stdout)["$defs"]
    assert definitions["SchemedCalculator"]["properties"]["size_px"]["default"] == 3
    assert "speed" in definitions["OwnGraph"]["properties"]
    known = definitions["node"]["properties"]["calculator"]["anyOf"][0]["enum"]
    assert {"SchemedCalculator", "OwnGraph", "GateCalculator"} <= set(known)
