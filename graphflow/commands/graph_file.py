"""Find the graph that a command line names: a file, or a bundled graph."""

from __future__ import annotations

from pathlib import Path

from graphflow.bundle import bundled_folder
from graphflow.diagnostics import listed, suggestion
from graphflow.errors import UsageError

SUFFIXES = (".yaml", ".yml", ".pbtxt")


def find_graph(name: str) -> Path:
    """Return the file of a graph.

    Args:
        name: path of a file, or the name of a bundled graph ("pose_tracking").

    Raises:
        UsageError: there is neither; the text suggests close names.
    """
    path = Path(name)
    if path.is_file():
        return path
    bundled = _graphs_in(_bundled_graphs())
    if name in bundled:
        return bundled[name]
    if path.suffix in SUFFIXES or len(path.parts) > 1:
        return _missing_file(path)
    hint = suggestion(name, bundled) or f"bundled graphs are {listed(sorted(bundled))}"
    raise UsageError(f'no file and no bundled graph is called "{name}"\n  hint: {hint}')


def _missing_file(path: Path) -> Path:
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; expected a graph file")
    beside = [each.name for each in _graphs_in(path.parent).values()]
    hint = suggestion(path.name, beside)
    if not hint and path.stem in _graphs_in(_bundled_graphs()):
        hint = f"the bundled graph is called {path.stem}: graphflow run {path.stem}"
    raise UsageError(f"{path}: no such file" + (f"\n  hint: {hint}" if hint else ""))


def _bundled_graphs() -> Path | None:
    try:
        return bundled_folder("graphs")
    except FileNotFoundError:
        return None


def _graphs_in(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES}
