from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version

import click
import click.testing
import pytest

from graphflow import cli as command_line
from graphflow.cli import COMMANDS
from graphflow.words.diagnostics import Diagnostic, Location
from graphflow.words.errors import ConfigError, ContractError, GraphflowError, UsageError
from tests.graphflow.command_line import graphflow

HEAVY = ("numpy", "cv2", "av", "pydantic", "networkx", "yaml", "rich", "ai_edge_litert")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["-V"], ["rum"]])
def test_what_needs_no_command_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from graphflow.cli import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        f"    print('imported', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported []"


def test_help_lists_every_command_in_its_own_words() -> None:
    result = graphflow("--help")
    assert result.exit_code == 0
    for name, place in COMMANDS.items():
        assert name in result.stdout
        assert place.summary in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says_and_helps(name: str) -> None:
    place = COMMANDS[name]
    command = getattr(import_module(place.module), place.attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert graphflow(name, "--help").exit_code == 0


def every_command() -> list[tuple[str, ...]]:
    """All commands with those below them, and the one that has them all."""
    found: list[tuple[str, ...]] = [()]
    for name, place in COMMANDS.items():
        command = getattr(import_module(place.module), place.attribute)
        found.append((name,))
        found += [(name, below) for below in getattr(command, "commands", ())]
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_the_help_of_every_command_has_examples_and_exit_codes(command: tuple[str, ...]) -> None:
    text = graphflow(*command, "--help").stdout
    _, examples, shown = text.partition("Examples:")
    assert examples
    assert f"  {' '.join(('graphflow', *command))}" in shown
    assert "Exit codes: 0" in text


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version_is_that_of_the_distribution(option: str) -> None:
    result = graphflow(option)
    assert result.stdout == f"graphflow {version('graphflow-perception')}\n"


@pytest.mark.parametrize(
    ("word", "hint"),
    [("model", 'did you mean "models"?'), ("Run", 'did you mean "run"?'), ("fly", "there are run")],
)
def test_an_unknown_command_exits_2_with_a_hint(word: str, hint: str) -> None:
    result = graphflow(word)
    assert result.exit_code == 2
    assert f'no command is called "{word}"\n  hint: {hint}' in result.stderr


def raising(error: BaseException) -> Callable[[str], click.Command]:
    @click.command()
    def command() -> None:
        raise error

    return lambda attribute: command


FAULT = Diagnostic(Location("graph.yaml", 3, 4), "bad", hint="mend it")


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ConfigError([FAULT]), 2, "graph.yaml:3:4: bad\n  hint: mend it\n1 fault\n"),
        (UsageError("no such thing"), 2, "error: no such thing\n"),
        (ContractError("broken"), 1, "error: broken\n"),
        (GraphflowError("failed"), 1, "error: failed\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_errors_become_text_on_stderr_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, text: str
) -> None:
    module = type("Module", (), {"__getattr__": lambda self, name: raising(error)(name)})()
    monkeypatch.setattr(command_line, "import_module", lambda name: module)
    result = graphflow("run")
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", text)


def test_a_programming_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type("Module", (), {"run": raising(ZeroDivisionError())("run")})
    monkeypatch.setattr(command_line, "import_module", lambda name: module)
    with pytest.raises(ZeroDivisionError):
        graphflow("run")


@pytest.mark.parametrize("module", ["graphflow.cli", "click", "graphflow.commands.run", "pydantic"])
def test_ctrl_c_while_modules_are_imported_ends_without_a_traceback(module: str) -> None:
    code = (
        "import runpy, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "sys.argv[1:] = ['run', 'pose_tracking']\n"
        "runpy.run_module('graphflow', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")
