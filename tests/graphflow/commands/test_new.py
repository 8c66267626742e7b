"""`graphflow new`: what it writes passes its own test, and nothing is written over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click.testing
import pytest
from click.testing import CliRunner

from graphflow.cli import cli
from graphflow.commands.new import module_name
from graphflow.words.errors import UsageError

REPOSITORY = Path(__file__).resolve().parents[3]


def new(folder: Path, *arguments: str) -> click.testing.Result:
    return CliRunner().invoke(cli, ["new", *arguments, "--to", str(folder)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_every_skeleton_passes_its_test_at_once_in_an_empty_folder(tmp_path: Path) -> None:
    for arguments in (
        ["calculator", "knee_angle"],
        ["calculator", "HipAngle", "--function"],
        ["graph", "squats"],
    ):
        assert new(tmp_path, *arguments).exit_code == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "5 passed" in done.stdout, done.stdout + done.stderr


def test_a_calculator_is_a_module_and_its_test(tmp_path: Path) -> None:
    result = new(tmp_path, "calculator", "KneeAngleCalculator")
    assert names(tmp_path) == ["knee_angle.py", "test_knee_angle.py"]
    assert result.stdout.split() == [str(tmp_path / name) for name in names(tmp_path)]
    assert f"next: python -m pytest {tmp_path / 'test_knee_angle.py'}" in result.stderr
    assert "class KneeAngleCalculator(Calculator[KneeAngleOptions]):" in (
        tmp_path / "knee_angle.py"
    ).read_text(encoding="utf-8")


def test_a_graph_imports_the_module_of_its_calculators(tmp_path: Path) -> None:
    assert new(tmp_path / "made", "graph", "squats").exit_code == 0
    assert names(tmp_path / "made") == ["squats.yaml", "squats_nodes.py", "test_squats.py"]
    text = (tmp_path / "made" / "squats.yaml").read_text(encoding="utf-8")
    assert "\ntype: Squats\n" in text and "\nimport: squats_nodes\n" in text


def test_nothing_is_written_over_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "test_squats.py").write_text("mine", encoding="utf-8")
    refused = new(tmp_path, "graph", "squats")
    assert refused.exit_code == 2
    assert "test_squats.py: there already\n  hint: --force writes over it" in refused.stderr
    assert names(tmp_path) == ["test_squats.py"]
    assert new(tmp_path, "graph", "squats", "--force").exit_code == 0
    assert "mine" not in (tmp_path / "test_squats.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "module"),
    [
        ("knee_angle", "knee_angle"),
        ("KneeAngle", "knee_angle"),
        ("KneeAngleCalculator", "knee_angle"),
        ("knee_angle_calculator", "knee_angle"),
        ("RGBToHSV2", "rgb_to_hsv2"),
    ],
)
def test_names_may_be_written_in_either_case(written: str, module: str) -> None:
    assert module_name(written) == module


@pytest.mark.parametrize("name", ["", "2d", "a-b", "a.b", "../a", "class", "Calculator", "_", "ä"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="as in knee_angle or KneeAngle"):
        module_name(name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["calculator", "json"], "Python has a module json already"),
        (["calculator", "click"], "Python has a module click already"),
        (["calculator", "pass_through"], "PassThroughCalculator is there already, from "),
    ],
)
def test_a_name_that_is_taken_is_refused(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = new(tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert names(tmp_path) == []
