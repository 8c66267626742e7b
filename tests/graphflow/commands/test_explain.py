from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from graphflow.checks.catalogue import CHECKS
from graphflow.cli import cli


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments], prog_name="graphflow")


@pytest.mark.parametrize("word", ["GF012", "gf012", "loop-without-end"])
def test_a_check_is_found_by_code_and_by_name(word: str) -> None:
    text = explain(word).stdout
    assert text.startswith("GF012 loop-without-end: a loop can't end\n")
    for line in CHECKS["GF012"].cured.splitlines():
        assert f"    {line}" in text


def test_without_a_code_all_are_listed() -> None:
    lines = explain().stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(CHECKS)


def test_json_has_every_text() -> None:
    checks = json.loads(explain("--json").stdout)["checks"]
    assert [each["code"] for each in checks] == list(CHECKS)
    assert json.loads(explain("GF001", "--json").stdout) == checks[0]


def test_an_unknown_code_gets_a_suggestion() -> None:
    result = explain("GF09")
    assert result.exit_code == 2
    assert 'there is no warning "GF09"' in result.stderr
    assert '"GF090"' in result.stderr
