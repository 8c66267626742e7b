"""`graphflow new`: write a calculator or a graph to begin with, and its test."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final

import click

from graphflow.commands import skeletons
from graphflow.config.stream_names import camel_case
from graphflow.nodes import registry as registries
from graphflow.nodes.function_calculators import NAME_END
from graphflow.words.errors import UsageError

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NAME_MAX: Final = 80
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_FOLDER = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Write into this folder; by default the present one.",
)
_FORCE = click.option("--force", is_flag=True, help="Write over files that are there.")

CALCULATOR_EXAMPLES: Final = """\b
Examples:
  graphflow new calculator knee_angle
  graphflow new calculator KneeAngle --function
  python -m pytest test_knee_angle.py

\b
Exit codes: 0 written; 2 a name that can't be taken, or a file is there already.
"""
GRAPH_EXAMPLES: Final = """\b
Examples:
  graphflow new graph squats
  graphflow new graph squats --to squats
  python -m pytest test_squats.py

\b
Exit codes: 0 written; 2 a name that can't be taken, or a file is there already.
"""


EXAMPLES: Final = """\b
Examples:
  graphflow new calculator knee_angle
  graphflow new graph squats

\b
Exit codes: 0 written; 2 a name that can't be taken, or a file is there already.
"""


@click.group("new", epilog=EXAMPLES)
def new() -> None:
    """Write a calculator or a graph to begin with, and a test of it that passes."""


@new.command("calculator", epilog=CALCULATOR_EXAMPLES)
@click.argument("name")
@click.option("--function", "is_function", is_flag=True, help="A function instead of a class.")
@_FOLDER
@_FORCE
def new_calculator(name: str, is_function: bool, folder: Path, force: bool) -> None:
    """Write the calculator NAME and a test of it.

    NAME may be written knee_angle, KneeAngle or KneeAngleCalculator.
    """
    module = module_name(name)
    _refuse_taken_class(camel_case(module) + NAME_END)
    code, test = skeletons.CLASS_CALCULATOR, skeletons.CLASS_TEST
    if is_function:
        code, test = skeletons.FUNCTION_CALCULATOR, skeletons.FUNCTION_TEST
    _refuse_taken_modules((module,), folder)
    _write(module, folder, {f"{module}.py": code, f"test_{module}.py": test}, force)


@new.command("graph", epilog=GRAPH_EXAMPLES)
@click.argument("name")
@_FOLDER
@_FORCE
def new_graph(name: str, folder: Path, force: bool) -> None:
    """Write the graph NAME, a module with its calculators, and a test of it."""
    module = module_name(name)
    _refuse_taken_modules((f"{module}_nodes",), folder)
    files = {
        f"{module}.yaml": skeletons.GRAPH,
        f"{module}_nodes.py": skeletons.GRAPH_NODES,
        f"test_{module}.py": skeletons.GRAPH_TEST,
    }
    _write(module, folder, files, force)


def module_name(name: str) -> str:
    """Return a name in snake case, without Calculator at its end.

    Raises:
        UsageError: it can't be the name of a module.
    """
    stem = _HUMP.sub("_", name).lower().removesuffix("_calculator").strip("_")
    is_word = _WORD.fullmatch(name) and len(name) <= _NAME_MAX and stem
    if not is_word or keyword.iskeyword(stem) or stem == NAME_END.lower():
        raise UsageError(
            f'name "{name}"; expected letters, digits and _, and no word of Python\'s own\n'
            "  hint: as in knee_angle or KneeAngle"
        )
    return stem


def _refuse_taken_class(name: str) -> None:
    registries.load_plugins()
    origin = registries.registry.origin(name)
    if origin is not None:
        raise UsageError(f"{name} is there already, from {origin}\n  hint: choose another name")


def _refuse_taken_modules(modules: tuple[str, ...], folder: Path) -> None:
    """Refuse names under which Python would find another module."""
    for module in modules:
        spec = None if module in sys.stdlib_module_names else find_spec(module)
        own = (folder / f"{module}.py").resolve()
        if module in sys.stdlib_module_names or (
            spec is not None and Path(spec.origin or "").resolve() != own
        ):
            raise UsageError(
                f"Python has a module {module} already, which would be imported instead\n"
                "  hint: choose another name"
            )


def _write(module: str, folder: Path, files: Mapping[str, Template], force: bool) -> None:
    """Write all files, or none where one is there already; print their names."""
    paths = {folder / name: text for name, text in files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise UsageError(f"{', '.join(there)}: there already\n  hint: --force writes over it")
    folder.mkdir(parents=True, exist_ok=True)
    words = {"module": module, "camel": camel_case(module)}
    for path, text in paths.items():
        path.write_text(text.substitute(words), encoding="utf-8")
        click.echo(path)
    click.echo(f"next: python -m pytest {next(reversed(paths))}", err=True)
