"""A folder of doubtful graphs beside the exact text of what the checks say about each."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.checks.catalogue import CHECKS
from graphflow.commands.check import summary_line, verdict_on, warning_text

FOLDER = Path(__file__).parent / "doubtful_graphs"
CASES = sorted(path.stem for path in FOLDER.glob("*.expected"))


def said_of(name: str) -> str:
    verdict = verdict_on(f"{name}.yaml", {})
    assert verdict.faults == ()
    warnings = [warning_text(each, show_source=False) for each in verdict.findings]
    return "\n".join([*warnings, summary_line(verdict)]) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_warnings_are_exactly_as_expected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    assert said_of(name) == (FOLDER / f"{name}.expected").read_text(encoding="utf-8")


def test_every_doubtful_graph_has_its_expected_warnings() -> None:
    graphs = {path.stem for path in FOLDER.glob("*.yaml") if not path.stem.startswith("inner_")}
    assert graphs == set(CASES)


def test_every_check_finds_something_in_the_folder() -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.expected"))
    assert [code for code in CHECKS if f"warning {code}: " not in said] == []
