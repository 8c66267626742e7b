"""What nodes can name, registered classes and graph files, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphflow.config.library import SUFFIX, find_graph
from graphflow.config.stream_names import camel_case, did_you_mean, snake_case
from graphflow.description.calculator_description import Description, Kind, describe
from graphflow.description.graph_description import described_graph, graph_summary
from graphflow.nodes.registry import Registry
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import ConfigError, UsageError

FROM_US = "graphflow"
"""The origin of the graphs that come with graphflow."""


class Listed(NamedTuple):
    """A line of a list of what nodes can name."""

    name: str
    kind: str
    summary: str
    origin: str
    place: str


def listed_classes(registry: Registry) -> Iterator[Listed]:
    """Yield the registered calculators and subgraph classes, by name."""
    for name in registry.names():
        named = registry.get(name) or registry.subgraph(name)
        if named is not None:
            found = describe(named)
            origin = str(registry.origin(name) or "")
            yield Listed(name, found.kind.value, found.summary, origin, found.module)


def listed_graphs(folder: Path | None = None) -> Iterator[Listed]:
    """Yield the graphs of a folder, by name; of graphflow's own, where none is given."""
    origin = FROM_US if folder is None else str(folder)
    for path in sorted((folder or bundled_folder("graphs")).glob(f"*{SUFFIX}")):
        yield Listed(
            camel_case(path.stem), Kind.GRAPH.value, graph_summary(path), origin, str(path)
        )


def described(name: str, registry: Registry) -> Description:
    """Return the description of a class, or of a graph by its type, its name or its file.

    Raises:
        UsageError: there is nothing of that name.
        ConfigError: the graph has faults.
    """
    named = registry.get(name) or registry.subgraph(name)
    if named is not None:
        return describe(named)
    path = _graph(name)
    if path is None:
        known = {*registry.names(), *(each.name for each in listed_graphs())}
        hint = did_you_mean(name, known) or "graphflow list tells what there is"
        raise UsageError(f'there is no calculator and no graph "{name}"\n  hint: {hint}')
    return described_graph(path, registry)


def _graph(name: str) -> Path | None:
    for graph in listed_graphs():
        if graph.name == name:
            return Path(graph.place)
    for each in (name, f"{snake_case(name)}{SUFFIX}"):
        try:
            return find_graph(each)
        except ConfigError:
            continue
    return None
