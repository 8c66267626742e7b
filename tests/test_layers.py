"""A module imports only from lower layers, or, without cycles, from its own."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import networkx
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

LAYERS = {
    0: "words",
    1: "nodes",
    2: "plan config loading checks description schema",
    3: "runtime",
    4: "driver trace running graph",
    5: "testing pytest_plugin fetch aio recording drawing notebook report evaluation viewing "
    "serving",
    6: "cli commands __main__",
}
"""Of the package graphflow: which layer each module, or package of modules, is in."""

LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names.split()}

CALCULATORS_MAY_IMPORT = {"words", "nodes", "running.clock", "running.notices", "running.profile"}

EVALUATION_MAY_IMPORT = {
    "numpy",
    "cv2",
    "calculators.types",
    "calculators.kernels",
    "calculators.pose_landmark",
    "calculators.landmark.landmark_ranges",
    # Whether what a user named can be played twice, its source knows.
    "calculators.live.places",
    # Data sets name pictures and clips, which are read as the graphs' own sources read them.
    "calculators.media.faults",
    "calculators.media.image_reader",
    "calculators.media.landmarks_reader",
    "calculators.media.media_reader",
    "calculators.media.open_media",
    "calculators.media.video_reader",
}
"""Evaluation judges payloads, so it knows them: of all payloads and libraries, these alone."""

IMPURE = {"time", "random", "logging", "threading"}
THREADING_ALLOWED = {
    "graphflow/driver/combining.py",  # The lock of the machine.
    "graphflow/driver/courtesy.py",  # Where threads of nicer executors wait for a moment.
    "graphflow/driver/turns.py",  # Tells whether a call of its run is under way in this thread.
    "graphflow/driver/lent.py",  # Tells whether a task of its run is under way in this thread.
    "graphflow/driver/bells.py",  # The threads of the driver, and their bells.
    "graphflow/driver/feed.py",  # The lock of one graph input.
    "graphflow/running/stalls.py",  # A thread that looks at a run that does nothing.
    "graphflow/trace/courier.py",  # Writes the trace beside the run.
    "graphflow/trace/scheduler.py",  # Asks which thread a call runs on.
    "graphflow/trace/tracer.py",  # Names the thread that a call ran on; one batch at a time.
    "graphflow/running/handover.py",  # Readers wait; a deadlock is told by who does.
    "graphflow/recording/writing.py",  # Packs and compresses beside the run.
    "graphflow/viewing/rerun_log.py",  # Draws beside the run.
    "calculators/live/frame_slot.py",  # One thread leaves frames there, another takes them.
    "calculators/live/stream_feed.py",  # The thread that reads a camera or a stream.
    "graphflow/serving/server.py",  # The event loop beside the run.
    "graphflow/serving/watch.py",  # What several observers write, and the event loop reads.
    "graphflow/commands/leaving.py",  # Only asks which threads are left.
    "graphflow/commands/models.py",  # Only asks whether it runs in the main thread.
}


@dataclass(frozen=True)
class Import:
    """One imported module, or name of a module, and where."""

    file: Path
    line: int
    module: str
    name: str = ""
    is_at_top: bool = True

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    def __str__(self) -> str:
        return f"{self.file.relative_to(REPOSITORY)}:{self.line}: imports {self.path}"


def files_of(package: str) -> list[Path]:
    return sorted((REPOSITORY / package).rglob("*.py"))


@cache
def imports_of(file: Path) -> tuple[Import, ...]:
    return tuple(_imports_of(file))


def _imports_of(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    at_top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        is_at_top = id(node) in at_top
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, is_at_top=is_at_top)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            for alias in node.names:
                yield Import(file, node.lineno, str(node.module), alias.name, is_at_top)


def module_of(file: Path) -> str:
    parts = file.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_module(each: Import, modules: set[str]) -> str:
    """Return the module that an import reaches: `from graphflow.words import timestamp` is one."""
    return each.path if each.path in modules else each.module


def home(module: str) -> str:
    """Return the name under which a module of graphflow stands in the table."""
    return module.split(".")[1] if "." in module else ""


def graphflow_imports() -> Iterator[tuple[str, Import, str]]:
    modules = {module_of(file) for file in files_of("graphflow")}
    for file in files_of("graphflow"):
        for each in imports_of(file):
            target = imported_module(each, modules)
            if target.split(".")[0] == "graphflow":
                yield module_of(file), each, target


def lazy_homes() -> dict[str, str]:
    import graphflow

    return dict(graphflow._HOMES)


def test_every_module_of_the_engine_has_a_layer() -> None:
    homes = {home(module_of(file)) for file in files_of("graphflow")} - {""}
    assert homes <= set(LAYER_OF), "say in LAYERS where the new module belongs"


def test_no_module_imports_from_a_higher_layer() -> None:
    faults = [
        str(each)
        for module, each, target in graphflow_imports()
        # The package itself knows every layer, but only by names that are imported on use.
        if home(module) and LAYER_OF[home(target) or "cli"] > LAYER_OF[home(module)]
    ]
    assert faults == []


def test_engine_modules_import_each_other_without_cycles() -> None:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for module, each, target in graphflow_imports():
        if each.is_at_top and module != "graphflow" and target != module:
            graph.add_edge(module, target)
    assert list(networkx.simple_cycles(graph)) == []


def test_importing_the_package_imports_no_module_of_it() -> None:
    found = graphflow_imports()
    assert [
        str(each) for module, each, _ in found if module == "graphflow" and each.is_at_top
    ] == []


def test_layers_up_to_the_machine_are_pure() -> None:
    faults = [
        str(each)
        for file in files_of("graphflow")
        if LAYER_OF.get(home(module_of(file)), 9) <= 3
        for each in imports_of(file)
        if each.module.split(".")[0] in IMPURE
    ]
    assert faults == []


def test_the_machine_imports_the_standard_library_and_lower_layers_alone() -> None:
    faults = [
        str(each)
        for file in files_of("graphflow/runtime")
        for each in imports_of(file)
        if each.module.split(".")[0] not in {*sys.stdlib_module_names, "graphflow"}
    ]
    assert faults == []


def test_only_the_driver_imports_threading() -> None:
    found = {
        file.relative_to(REPOSITORY).as_posix()
        for package in ("graphflow", "calculators")
        for file in files_of(package)
        for each in imports_of(file)
        if each.module.split(".")[0] == "threading"
    }
    assert found <= THREADING_ALLOWED


PAYLOADS = {"numpy", "cv2", "av", "calculators"}


def test_the_engine_knows_no_payloads() -> None:
    evaluation = set(files_of("graphflow/evaluation"))
    faults = [
        str(each)
        for file in files_of("graphflow")
        for each in imports_of(file)
        if file not in evaluation and each.module.split(".")[0] in PAYLOADS
    ]
    assert faults == []


def test_evaluation_knows_the_words_for_poses_alone() -> None:
    faults = [
        str(each)
        for file in files_of("graphflow/evaluation")
        for each in imports_of(file)
        if each.module.split(".")[0] in PAYLOADS
        and not any(f"{each.path}.".startswith(f"{home}.") for home in EVALUATION_MAY_IMPORT)
    ]
    assert faults == []


def test_calculators_import_the_words_of_the_engine_alone() -> None:
    homes = lazy_homes()
    faults = []
    for file in files_of("calculators"):
        for each in imports_of(file):
            if each.module == "graphflow":
                name = homes.get(each.name, each.name)
            elif each.module.startswith("graphflow."):
                name = each.module.removeprefix("graphflow.")
            else:
                continue
            if not {name, name.split(".")[0]} & CALCULATORS_MAY_IMPORT:
                faults.append(str(each))
    assert faults == []


def test_kernels_import_nothing_of_the_engine() -> None:
    faults = [
        str(each)
        for file in files_of("calculators/kernels")
        for each in imports_of(file)
        if each.module.split(".")[0] == "graphflow"
    ]
    assert faults == []


def is_node(file: Path) -> bool:
    """Tell whether a module registers a calculator."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ClassDef)
        and any(
            isinstance(mark, ast.Name) and mark.id == "register" for mark in node.decorator_list
        )
        for node in tree.body
    )


def test_no_calculator_imports_another() -> None:
    files = [file for file in files_of("calculators") if file.name != "__init__.py"]
    nodes = {module_of(file) for file in files if is_node(file)}
    modules = {module_of(file) for file in files_of("calculators")}
    faults = [
        str(each)
        for file in files
        for each in imports_of(file)
        if imported_module(each, modules) in nodes - {module_of(file)}
    ]
    assert faults == []


@pytest.mark.parametrize("package", ["graphflow", "calculators"])
def test_there_are_modules_to_look_at(package: str) -> None:
    assert len(files_of(package)) > 10
