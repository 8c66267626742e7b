"""Load a graph: text to Plan, with every fault located and all reported at once.

text -> values (yaml_source) -> parameters put in (parameters, binding, substitution)
-> GraphConfig (reader), names checked (scope)
-> expanded (subgraph) -> options overridden (overrides) -> Plan (wiring)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from graphflow.config.binding import Giver, bind, from_outside
from graphflow.config.graph_config import GraphConfig
from graphflow.config.library import Library, find_graph, read_text
from graphflow.config.overrides import Override, apply_overrides
from graphflow.config.parameters import Parameters
from graphflow.config.scope import check_scope
from graphflow.config.source import ReadGraph, load_source, read_source, source_of
from graphflow.config.subgraph import expand
from graphflow.config.wiring import Wiring
from graphflow.config.yaml_source import from_python
from graphflow.nodes import registry as registries
from graphflow.nodes.registry import Registry
from graphflow.plan import Plan
from graphflow.words.diagnostics import Diagnostic, Location
from graphflow.words.errors import ConfigError
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.uncollected import uncollected

__all__ = [
    "LoadedGraph",
    "Override",
    "find_graph",
    "load_calculators",
    "load_graph",
    "load_plan",
    "plan_from_config",
    "plan_from_text",
]


@dataclass(frozen=True)
class LoadedGraph:
    """A graph without faults, and the files that it was read from.

    Attributes:
        files: the graph's own first, then those of its subgraphs, each once.
    """

    plan: Plan
    files: tuple[ReadGraph, ...]


def load_plan(
    name_or_path: str | Path,
    *,
    overrides: Sequence[Override] = (),
    parameters: Mapping[str, Any] | None = None,
    registry: Registry = registries.registry,
) -> Plan:
    """Load a graph file.

    Args:
        name_or_path: a path, or the name of a bundled graph.
        overrides: options to set, after subgraphs are expanded.
        parameters: values of the graph's parameters, by name; those with a default may be left
            out.
        registry: the calculators that nodes can name. For the global one, the packages that
            declare themselves as plugins are imported first.

    Raises:
        ConfigError: with every fault, sorted by position.
    """
    return load_graph(
        name_or_path, overrides=overrides, parameters=parameters, registry=registry
    ).plan


def load_graph(
    name_or_path: str | Path,
    *,
    overrides: Sequence[Override] = (),
    parameters: Mapping[str, Any] | None = None,
    registry: Registry = registries.registry,
) -> LoadedGraph:
    """Load a graph file, as `load_plan` does, and keep what its files say.

    Raises:
        ConfigError: with every fault, sorted by position.
    """
    with uncollected():
        path = find_graph(name_or_path)
        source = read_source(read_text(path), str(path))
        config, faults = load_source(source, from_outside(parameters or {}))
        library = Library()
        plan = _plan(config, faults, overrides, registry, library)
        return LoadedGraph(plan, (ReadGraph(source, config), *library.graphs.values()))


def plan_from_text(
    text: str,
    *,
    file: str = "<text>",
    overrides: Sequence[Override] = (),
    parameters: Mapping[str, Any] | None = None,
    registry: Registry = registries.registry,
    search: Sequence[Path] = (),
) -> Plan:
    """Load a graph from YAML text.

    Args:
        text: the graph.
        file: what locations call it; subgraphs are also looked for beside it.
        overrides: options to set, after subgraphs are expanded.
        parameters: values of the graph's parameters, by name; those with a default may be left
            out.
        registry: the calculators that nodes can name.
        search: folders to look for subgraphs in, before the bundled graphs.

    Raises:
        ConfigError: with every fault, sorted by position.
    """
    config, faults = load_source(read_source(text, file), from_outside(parameters or {}))
    return _plan(config, faults, overrides, registry, Library(search))


def plan_from_config(
    config: GraphConfig | Mapping[str, Any],
    *,
    overrides: Sequence[Override] = (),
    parameters: Mapping[str, Any] | None = None,
    registry: Registry = registries.registry,
    search: Sequence[Path] = (),
) -> Plan:
    """Load a graph made in code: a GraphConfig, or dicts and lists with a graph file's keys.

    Example:
        >>> from graphflow.loading import plan_from_config
        >>> plan = plan_from_config({
        ...     "input_stream": ["a"],
        ...     "node": [{"calculator": "PassThroughCalculator",
        ...               "input_stream": ["a"], "output_stream": ["b"]}],
        ... })
        >>> [stream.name for stream in plan.streams]
        ['a', 'b']

    Raises:
        ConfigError: with every fault.
    """
    given = from_outside(parameters or {})
    if isinstance(config, GraphConfig):
        # Its parameters, if it had any, were put in when it was read.
        _, faults = bind(Parameters(), given, Giver())
        return _plan(config, (*faults, *check_scope(config)), overrides, registry, Library(search))
    read, faults = load_source(source_of(from_python(config, Location()), ""), given)
    return _plan(read, faults, overrides, registry, Library(search))


def _plan(
    config: GraphConfig,
    faults: Sequence[Diagnostic],
    overrides: Sequence[Override],
    registry: Registry,
    library: Library,
) -> Plan:
    if registry is registries.registry:
        load_calculators()
    every = list(faults)
    try:
        expanded, expansion_faults = expand(config, registry, library)
        every += expansion_faults
        overridden, override_faults = apply_overrides(expanded, overrides)
        if not every:
            # Else a node may be missing from what was read, so who knows whom they meant.
            every += override_faults
        wiring = Wiring(overridden, registry)
        every += wiring.diagnostics
    except ConfigError as limit:
        every += limit.diagnostics
    if every:
        raise ConfigError(_sorted_once(every))
    return wiring.plan()


def _sorted_once(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort faults; keep one of those that differ only in who uses the subgraph they are in."""
    once: dict[tuple[object, ...], Diagnostic] = {}
    for fault in faults:
        key = (fault.location, fault.fault, fault.found, fault.expected, fault.hint)
        once.setdefault(key, fault)
    told = (replace(fault, notes=(*fault.location.uses, *fault.notes)) for fault in once.values())
    return sorted(told, key=lambda fault: fault.location)


def load_calculators() -> None:
    """Make known what every installed package, and this checkout, has to offer."""
    registries.load_plugins()
    # A checkout that was not installed has no entry point to name its own calculators.
    if not registries.registry.names() and find_spec("calculators") is not None:
        import_module("calculators.all_nodes")
