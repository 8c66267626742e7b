"""A user's project is checked by mypy and by pyright, at their strictest, and both see mistakes.

The project is what `graphflow new` writes, with a program around it. Pyright is run as
basedpyright, whose package has all that it needs; pyright itself fetches that from the network.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphflow.cli import cli

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = Path(__file__).with_name("typed_project")

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for arguments in (
        ["calculator", "knee_angle"],
        ["calculator", "hip_angle", "--function"],
        ["graph", "squats"],
    ):
        done = CliRunner().invoke(cli, ["new", *arguments, "--to", str(tmp_path)])
        assert done.exit_code == 0
    for text in TEXTS.glob("*.txt"):
        (tmp_path / f"{text.stem}.py").write_text(text.read_text(encoding="utf-8"), "utf-8")
    return tmp_path


def mypy_lines(project: Path) -> dict[str, set[int]]:
    """Return the lines that mypy --strict complains of, by file."""
    names = sorted(path.name for path in project.glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent",
         "--python-version=3.10", "--cache-dir", str(project / "cache"), *names],
        cwd=project,
        env={**os.environ, "MYPYPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = re.findall(r"^(\w+\.py):(\d+): error: ", done.stdout, re.MULTILINE)
    return by_file((name, int(line)) for name, line in found)


def pyright_lines(project: Path) -> dict[str, set[int]]:
    """Return the lines that pyright complains of in strict mode, by file."""
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.10",
        "extraPaths": [str(REPOSITORY)],
        "include": ["*.py"],
    }
    (project / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    complaints = json.loads(done.stdout)["generalDiagnostics"]
    return by_file(
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in complaints
    )


def by_file(places: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for name, line in places:
        found.setdefault(name, set()).add(line)
    return found


CHECKERS = [
    pytest.param(
        ask, id=name, marks=pytest.mark.skipif(not find_spec(name), reason=f"needs {name}, [lint]")
    )
    for name, ask in (("mypy", mypy_lines), ("basedpyright", pyright_lines))
]


@pytest.mark.parametrize("ask", CHECKERS)
def test_a_project_is_clean_where_it_is_right_and_nowhere_else(
    ask: Callable[[Path], dict[str, set[int]]], project: Path
) -> None:
    lines = (project / "wrong.py").read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert ask(project) == {"wrong.py": wrong}
