from __future__ import annotations

import ast
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

UNREACHABLE = (
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError("
    "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution)'\n"
    "ERROR: Could not find a version that satisfies the requirement numpy (from versions: none)\n"
    "ERROR: No matching distribution found for numpy\n"
)
DISK_FULL = (
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
)
NO_WHEEL = (
    "ERROR: Could not find a version that satisfies the requirement ai-edge-litert>=2.0\n"
    "ERROR: No matching distribution found for ai-edge-litert>=2.0\n"
)
NO_ENSUREPIP = (
    "The virtual environment was not created successfully because ensurepip is not available.\n"
)


@pytest.fixture
def bootstrap(repository: Path) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("bootstrap", repository / "tools/bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


class FakePrograms:
    """Stands in for `bootstrap.run`: what each program would print."""

    def __init__(self, versions: dict[str, str], *, venv: str = "", pip: str = "") -> None:
        self.versions = versions
        self.venv = venv
        self.pip = pip
        self.calls: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        self.calls.append(list(command))
        if "venv" in command:
            if not self.venv:
                program = Path(command[-1]) / "bin" / "python"
                program.parent.mkdir(parents=True, exist_ok=True)
                program.touch()
                self.versions[str(program)] = self.versions[command[0]]
            return bool(self.venv), self.venv
        if "pip" in command:
            return bool(self.pip), self.pip
        answer = self.versions.get(command[0])
        return (127, "no such file") if answer is None else (0, answer)

    def did(self, word: str) -> int:
        return sum(word in call for call in self.calls)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "name", "posix")
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("content", encoding="utf-8")
    return tmp_path


def test_source_parses_on_an_old_python(repository: Path) -> None:
    source = (repository / "tools/bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source


def test_old_pythons_are_passed_over(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePrograms({"python3": "3 9", "python3.13": "not found", "python3.12": "3 12"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.find_python("") == "python3.12"


def test_a_tested_python_comes_before_a_newer_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "run", FakePrograms({"python3": "3 15", "python3.11": "3 11"}))
    assert bootstrap.find_python("") == "python3.11"
    monkeypatch.setattr(bootstrap, "run", FakePrograms({"python3": "3 15"}))
    assert bootstrap.find_python("") == "python3"
    assert "newer than those tested (3.10 to 3.13)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "versions", "words"),
    [
        ("", {"python3": "3 8"}, "python3 is 3.8"),
        ("", {}, "no python3 runs here"),
        ("python3.9", {"python3.9": "3 9", "python3": "3 12"}, "python3.9 is 3.9"),
        ("pyton", {"python3": "3 12"}, '"pyton" does not run'),
    ],
)
def test_no_fitting_python_is_said_with_what_was_found(
    bootstrap: ModuleType,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    versions: dict[str, str],
    words: str,
) -> None:
    monkeypatch.setattr(bootstrap, "run", FakePrograms(versions))
    assert bootstrap.main(["--root", str(project), "--python", asked]) == 1
    error = capsys.readouterr().err
    assert f"error: graphflow needs Python 3.10 or newer; {words}\n  hint: " in error


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (UNREACHABLE, "the package index can't be reached: could not install the packages"),
        (DISK_FULL, "the disk is full: could not install the packages"),
        (NO_WHEEL, "the package index has no ai-edge-litert>=2.0 that fits this Python"),
        ("/x/.venv/bin/python: No module named pip", "the environment has no pip"),
        ("OSError: [Errno 13] Permission denied: 'x'", "could not write the packages"),
    ],
)
def test_what_pip_says_becomes_one_fault_and_one_hint(
    bootstrap: ModuleType,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    output: str,
    words: str,
) -> None:
    monkeypatch.setattr(bootstrap, "run", FakePrograms({"python3": "3 12"}, pip=output))
    assert bootstrap.main(["--root", str(project)]) == 1
    error = capsys.readouterr().err
    assert f"error: {words}\n  hint: " in error
    assert not (project / ".venv" / "graphflow-stamp.json").exists()


def test_other_failures_of_pip_are_quoted(bootstrap: ModuleType) -> None:
    output = "\n".join(f"line {number}" for number in range(20))
    text = bootstrap.explain_failure(output, "the packages")
    assert text.startswith("could not install the packages; pip said:\n    line 14\n")
    assert text.endswith("    line 19")


def test_a_missing_venv_module_is_said_with_the_package_to_install(
    bootstrap: ModuleType,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "run", FakePrograms({"python3": "3 11"}, venv=NO_ENSUREPIP))
    assert bootstrap.main(["--root", str(project)]) == 1
    error = capsys.readouterr().err
    assert "error: python3 lacks the venv module, or pip for it\n" in error
    assert "apt-get install python3.11-venv" in error


def test_the_second_time_nothing_is_installed(
    bootstrap: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePrograms({"python3": "3 12"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.main(["--root", str(project), "--extras", "test"]) == 0
    assert fake.did("venv") == 1
    first = fake.did("pip")
    assert first > 0
    assert bootstrap.main(["--root", str(project), "--extras", "test"]) == 0
    assert bootstrap.main(["--root", str(project)]) == 0
    assert (fake.did("venv"), fake.did("pip")) == (1, first)


def test_a_further_extra_is_added_to_those_there(
    bootstrap: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePrograms({"python3": "3 12"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.main(["--root", str(project), "--extras", "test"]) == 0
    assert bootstrap.main(["--root", str(project), "--extras", "lint"]) == 0
    assert fake.calls[-1][-1] == f"{project}[lint,test]"
    assert fake.did("venv") == 1


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed_again(
    bootstrap: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake = FakePrograms({"python3": "3 12"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.main(["--root", str(project)]) == 0
    before = fake.did("pip")
    (project / name).write_text("changed", encoding="utf-8")
    assert bootstrap.main(["--root", str(project)]) == 0
    assert fake.did("pip") == 2 * before


def test_an_environment_whose_python_is_gone_is_made_again(
    bootstrap: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePrograms({"python3": "3 12"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.main(["--root", str(project)]) == 0
    program = project / ".venv" / "bin" / "python"
    program.unlink()
    assert bootstrap.main(["--root", str(project)]) == 0
    assert fake.did("venv") == 2


def test_an_environment_of_another_version_than_asked_for_is_made_again(
    bootstrap: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePrograms({"python3": "3 12", "python3.11": "3 11"})
    monkeypatch.setattr(bootstrap, "run", fake)
    assert bootstrap.main(["--root", str(project)]) == 0
    assert bootstrap.main(["--root", str(project), "--python", "python3"]) == 0
    assert fake.did("venv") == 1
    before = fake.did("pip")
    assert bootstrap.main(["--root", str(project), "--python", "python3.11"]) == 0
    assert (fake.did("venv"), fake.did("pip")) == (2, 2 * before)


def test_a_damaged_stamp_counts_as_none(bootstrap: ModuleType, tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.json"
    assert bootstrap.read_stamp(stamp, "digest") is None
    for content in ("", "[]", "{}", json.dumps({"digest": "other", "extras": []})):
        stamp.write_text(content, encoding="utf-8")
        assert bootstrap.read_stamp(stamp, "digest") is None
    stamp.write_text(json.dumps({"digest": "digest", "extras": ["test"]}), encoding="utf-8")
    assert bootstrap.read_stamp(stamp, "digest") == ["test"]


def test_run_gives_status_and_output_of_a_real_program(bootstrap: ModuleType) -> None:
    status, output = bootstrap.run([sys.executable, "-c", "print('word'); raise SystemExit(3)"])
    assert (status, output.strip()) == (3, "word")
    assert bootstrap.run(["no-such-program-anywhere"])[0] == 127
    assert bootstrap.version_of(sys.executable) == sys.version_info[:2]
