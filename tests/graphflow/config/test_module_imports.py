"""`import` in a graph: modules beside it or installed, and every way in which that goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphflow.cli import cli
from graphflow.loading import load_plan, plan_from_text
from graphflow.nodes import registry as registries
from graphflow.nodes.registry import OriginKind, Registry
from graphflow.plan import Plan
from graphflow.words.errors import ConfigError

NODES = """
from graphflow import as_calculator

@as_calculator
def half_for_imports(value: float) -> float:
    return value / 2
"""

GRAPH = """\
import: {modules}
input_stream: [value]
node:
  - calculator: HalfForImportsCalculator
    input_stream: ["VALUE:value"]
    output_stream: [half]
"""


@pytest.fixture(autouse=True)
def _imports_nothing_for_good(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(registries.registry, "_origins", dict(registries.registry._origins))
    yield
    for name in set(sys.modules) - before:
        if "imported" in name:
            del sys.modules[name]
    registries.registry._classes.pop("HalfForImportsCalculator", None)


def write(folder: Path, **modules: str) -> None:
    for name, text in modules.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def load(folder: Path, modules: str) -> Plan:
    path = folder / "graph.yaml"
    path.write_text(GRAPH.format(modules=modules), encoding="utf-8")
    return load_plan(path)


def faults(folder: Path, modules: str) -> list[str]:
    """Load a graph that is wrong; return the lines of the message, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(folder, modules)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_a_module_beside_the_graph_registers_its_calculators(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes=NODES)
    assert load(tmp_path, "imported_nodes").nodes[0].name == "HalfForImportsCalculator"


def test_several_modules_and_modules_of_packages_are_imported(tmp_path: Path) -> None:
    write(tmp_path, imported_pack__nodes=NODES)
    assert load(tmp_path, "[imported_pack.nodes, calculators.flow.pass_through]")


def test_a_module_may_import_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, imported_front="from imported_back import *", imported_back=NODES)
    assert load(tmp_path, "imported_front")


def test_a_module_that_was_imported_before_still_registers(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes=NODES)
    load(tmp_path, "imported_nodes")
    assert load(tmp_path, "imported_nodes")


def test_a_subgraph_imports_from_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes=NODES)
    (tmp_path / "halving.yaml").write_text(
        GRAPH.format(modules="imported_nodes") + "output_stream: [half]\n", encoding="utf-8"
    )
    outer = """
input_stream: [a]
node:
  - calculator: Halving
    input_stream: [a]
    output_stream: [b]
"""
    assert plan_from_text(outer, search=[tmp_path])


def test_the_registry_remembers_who_imported_it(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes=NODES)
    load(tmp_path, "imported_nodes")
    origin = registries.registry.origin("HalfForImportsCalculator")
    assert origin is not None
    assert (origin.kind, origin.module) == (OriginKind.GRAPH_IMPORT, "imported_nodes")
    assert str(origin) == f"imported_nodes, imported by {tmp_path / 'graph.yaml'}"


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    assert faults(tmp_path, "imported_nodes") == [
        'graph.yaml:1:9: there is no module "imported_nodes"',
        "  hint: put imported_nodes.py beside the graph, or install the package that has it",
        "1 fault",
    ]


def test_a_misspelt_module_gets_a_suggestion(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes=NODES)
    assert faults(tmp_path, "[imported_ndoes]")[:2] == [
        'graph.yaml:1:10: there is no module "imported_ndoes"',
        '  hint: did you mean "imported_nodes"?',
    ]


def test_a_module_that_fails_tells_why_and_where(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes="\n1 / 0\n")
    assert faults(tmp_path, "imported_nodes") == [
        'graph.yaml:1:9: module "imported_nodes" fails while it is imported',
        "  found ZeroDivisionError: division by zero, at imported_nodes.py:2",
        "  hint: graphflow run --traceback shows where",
        "1 fault",
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import imported_absent", "ModuleNotFoundError: No module named 'imported_absent', at "),
        ("def (", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3, at imported_nodes.py:1"),
        ("from graphflow import nobody", "ImportError: cannot import name 'nobody' from "),
    ],
)
def test_whatever_a_module_raises_is_a_fault_of_the_graph(
    tmp_path: Path, code: str, found: str
) -> None:
    write(tmp_path, imported_nodes=code)
    first, second, *_ = faults(tmp_path, "imported_nodes")
    assert first == 'graph.yaml:1:9: module "imported_nodes" fails while it is imported'
    assert second.startswith(f"  found {found}")


def test_the_traceback_of_a_module_is_shown_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes="def broken():\n    1 / 0\nbroken()\n")
    (tmp_path / "graph.yaml").write_text(GRAPH.format(modules="imported_nodes"), encoding="utf-8")
    quiet = CliRunner().invoke(cli, ["run", str(tmp_path / "graph.yaml")])
    assert quiet.exit_code == 2 and "in broken" not in quiet.output
    told = CliRunner().invoke(cli, ["run", str(tmp_path / "graph.yaml"), "--traceback"])
    assert told.exit_code == 2
    assert "in broken" in told.stderr and "fails while it is imported" in told.stderr


def test_a_module_that_registers_nothing(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes="x = 1\n")
    assert faults(tmp_path, "imported_nodes")[0] == (
        'graph.yaml:1:9: module "imported_nodes" registers no calculator'
    )


def test_a_forgotten_decorator_is_named(tmp_path: Path) -> None:
    code = "from graphflow import Calculator\nclass ForgottenCalculator(Calculator): ...\n"
    write(tmp_path, imported_nodes=code)
    assert faults(tmp_path, "imported_nodes")[1] == (
        "  hint: write @register before class ForgottenCalculator"
    )


def test_a_file_beside_the_graph_takes_no_installed_modules_place(tmp_path: Path) -> None:
    write(tmp_path, json=NODES)
    assert faults(tmp_path, "json")[0] == 'graph.yaml:1:9: module "json" is another one'


def test_a_module_of_the_same_name_beside_another_graph_is_not_taken(tmp_path: Path) -> None:
    write(tmp_path, here__imported_nodes=NODES, there__imported_nodes=NODES)
    load(tmp_path / "here", "imported_nodes")
    first, *_ = faults(tmp_path / "there", "imported_nodes")
    assert first == 'graph.yaml:1:9: module "imported_nodes" is another one'


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("nodes.py", '  hint: write "nodes"'),
        ("nodes/squats.py", '  hint: write "nodes.squats"'),
        ("./nodes.py", '  hint: write "nodes"'),
        ("'os; print(1)'", "1 fault"),
        ("'.nodes'", '  hint: write "nodes"'),
        ("'nodes:squat'", "1 fault"),
        ("''", "1 fault"),
    ],
)
def test_only_the_name_of_a_module_may_stand_there(tmp_path: Path, written: str, hint: str) -> None:
    lines = faults(tmp_path, written)
    assert lines[1] == "  expected the name of a module, as in my_nodes or my_package.nodes"
    assert lines[2] == hint


def test_all_faults_are_told_but_not_what_follows_from_them(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes="1 / 0")
    lines = faults(tmp_path, "[imported_nodes, imported_absent]")
    assert [line for line in lines if line.startswith("graph")] == [
        'graph.yaml:1:10: module "imported_nodes" fails while it is imported',
        'graph.yaml:1:26: there is no module "imported_absent"',
    ]


def test_a_registry_of_the_programs_own_refuses_to_import(tmp_path: Path) -> None:
    write(tmp_path, imported_nodes="raise SystemExit")
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH.format(modules="imported_nodes"), encoding="utf-8")
    with pytest.raises(ConfigError, match='1:9: module "imported_nodes" is not imported'):
        load_plan(path, registry=Registry())


def test_a_graph_without_a_file_imports_what_is_installed() -> None:
    text = """
import: calculators.flow.pass_through
input_stream: [a]
node: {calculator: PassThroughCalculator, input_stream: [a], output_stream: [b]}
"""
    assert plan_from_text(text)
