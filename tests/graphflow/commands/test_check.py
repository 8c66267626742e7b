from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.checks.catalogue import CHECKS
from graphflow.cli import cli

FINE = CHECKS["GF001"].cured
DOUBTFUL = CHECKS["GF001"].example
FAULTY = "node: [{calculator: PassThroughCalculater, input_stream: [a]}]\n"


def check(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments], prog_name="graphflow")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fine.yaml").write_text(FINE, encoding="utf-8")
    Path("doubtful.yaml").write_text(DOUBTFUL, encoding="utf-8")
    Path("faulty.yaml").write_text(FAULTY, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["fine.yaml"], 0),
        (["fine.yaml", "--strict"], 0),
        (["doubtful.yaml"], 0),
        (["doubtful.yaml", "--strict"], 1),
        (["faulty.yaml"], 2),
        (["fine.yaml", "faulty.yaml", "doubtful.yaml", "--strict"], 2),
        (["missing.yaml"], 2),
        ([], 2),
        (["fine.yaml", "--param", "size"], 2),
    ],
)
def test_exit_codes_are_those_of_the_help(arguments: list[str], exit_code: int) -> None:
    assert check(*arguments).exit_code == exit_code


def test_all_faults_of_all_graphs_are_told() -> None:
    result = check("faulty.yaml", "fine.yaml", "missing.yaml")
    assert result.stdout == (
        'faulty.yaml:1:21: unknown calculator "PassThroughCalculater"\n'
        '  hint: did you mean "PassThroughCalculator"?\n'
        'faulty.yaml:1:59: nothing produces stream "a"\n'
        '  hint: if it comes from outside, list it under the graph\'s "input_stream"\n'
        "faulty.yaml: 2 faults\n"
        "fine.yaml: fine\n"
        "missing.yaml: there is no such graph file\n"
        "missing.yaml: 1 fault\n"
    )


def test_a_warning_of_a_shared_subgraph_is_told_once() -> None:
    Path("shared.yaml").write_text(DOUBTFUL.replace("[image]", '["IN:image"]', 1), encoding="utf-8")
    user = """\
input_stream: [image]
node:
  - calculator: Shared
    input_stream: ["IN:image"]
"""
    for name in ("first.yaml", "second.yaml"):
        Path(name).write_text(user, encoding="utf-8")
    assert check("first.yaml", "second.yaml").stdout.count("warning GF001") == 1


def test_json_has_places_codes_and_the_verdict() -> None:
    result = check("doubtful.yaml", "faulty.yaml", "--json")
    doubtful, faulty = json.loads(result.stdout)["graphs"]
    assert doubtful == {
        "graph": "doubtful.yaml",
        "faults": [],
        "warnings": [
            {
                "code": "GF001",
                "file": "doubtful.yaml",
                "line": 6,
                "column": 21,
                "message": 'nobody reads stream "size" of node "ImagePropertiesCalculator"',
                "found": "",
                "expected": "",
                "notes": [],
                "hint": "read it, list it under output_stream, or take it out",
            }
        ],
        "is_reproducible": True,
        "varying_nodes": [],
    }
    assert [each["line"] for each in faulty["faults"]] == [1, 1]
    assert faulty["is_reproducible"] is None


def test_parameters_and_options_can_be_set() -> None:
    Path("sized.yaml").write_text(CHECKS["GF004"].cured.replace(", default: 0.5", ""), "utf-8")
    assert check("sized.yaml").exit_code == 2
    assert check("sized.yaml", "--param", "lowest_score=0.5").exit_code == 0
    wrong = check("sized.yaml", "--param", "lowest_score=0.5", "--set", "nobody.threshold=1")
    assert wrong.exit_code == 2


def test_help_shows_examples_and_exit_codes() -> None:
    text = check("--help").stdout
    assert "graphflow check graphs/*.yaml" in text
    assert "Exit codes: 0 no faults; 1 warnings, with --strict; 2 faults" in text
