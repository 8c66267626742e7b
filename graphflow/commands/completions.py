"""What a shell may complete: graphs, nodes and options, parameters, side packets, calculators.

Called while somebody types, so nothing fails aloud: what can't be told is not completed. Nothing
beside a graph is run for it either: graphs that import modules have no nodes here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import GraphflowError, UsageError

if TYPE_CHECKING:
    from graphflow.config.source import GraphSource
    from graphflow.nodes.registry import Registry

SUFFIX: Final = ".yaml"
SCOPE: Final = "__"
"""Between the name of a subgraph's node and those inside of it."""


def complete_graph(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a bundled graph, or the path of a file."""
    return _graphs(incomplete) or [CompletionItem(incomplete, type="file")]


def complete_override(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete NODE.OPTION= of the graph on the command line, by an end of the name or in full."""
    question = _full_overrides if SCOPE in incomplete else _overrides
    return _starting(_told(question, ctx), incomplete)


def complete_side_packet(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete NAME= of a side packet of the graph on the command line."""
    return _starting(_told(_side_packets, ctx), incomplete)


def complete_parameter(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete NAME= of a parameter of the graph on the command line."""
    return _starting(_told(_parameters, ctx), incomplete)


def complete_calculator(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a calculator, of a subgraph class or of a bundled graph."""
    return [*_starting(_told(_calculators, ctx), incomplete), *_graphs(incomplete)]


def complete_model(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the name of a model file."""
    return _starting(_told(_models, ctx), incomplete)


def complete_check(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the code or the name of a warning."""
    return _starting(_told(_checks, ctx), incomplete)


def _graphs(incomplete: str) -> list[CompletionItem]:
    bundled = [path.stem for path in bundled_folder("graphs").glob(f"*{SUFFIX}")]
    beside = [str(path) for path in Path().glob(f"*{SUFFIX}")]
    return _starting({*bundled, *beside}, incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _told(
    question: Callable[[click.Context], Iterator[str]], ctx: click.Context
) -> tuple[str, ...]:
    """Return all answers; none where the graph is wrong, or is not named yet."""
    try:
        return tuple(question(ctx))
    except (GraphflowError, OSError):
        return ()


def _overrides(ctx: click.Context) -> Iterator[str]:
    """Give NODE.OPTION= with the end of each node's name where no other node has it."""
    full = tuple(_full_overrides(ctx))
    owners = dict.fromkeys(each.partition(".")[0] for each in full)
    ends = Counter(owner.rpartition(SCOPE)[2] for owner in owners)
    for each in full:
        end = each.partition(".")[0].rpartition(SCOPE)[2]
        yield each.rpartition(SCOPE)[2] if ends[end] == 1 else each


def _full_overrides(ctx: click.Context) -> Iterator[str]:
    from graphflow.loading import load_plan

    plan = load_plan(_graph(ctx), registry=_registry_that_imports_nothing())
    for node in plan.nodes:
        yield from (f"{node.name}.{option}=" for option in type(node.options).model_fields)


def _side_packets(ctx: click.Context) -> Iterator[str]:
    from graphflow.config.binding import from_outside
    from graphflow.config.source import load_source

    config, _ = load_source(_source(ctx), from_outside({}))
    yield from (f"{each.connection.name}=" for each in config.side_inputs)


def _parameters(ctx: click.Context) -> Iterator[str]:
    yield from (f"{name}=" for name in _source(ctx).parameters.declared)


def _calculators(ctx: click.Context) -> Iterator[str]:
    from graphflow.nodes import registry as registries

    registries.load_plugins()
    yield from registries.registry.names()


def _checks(ctx: click.Context) -> Iterator[str]:
    from graphflow.checks.catalogue import CHECKS

    for check in CHECKS.values():
        yield from (check.code, check.name)


def _models(ctx: click.Context) -> Iterator[str]:
    from graphflow.nodes.resources import default_store

    yield from (entry.name for entry in default_store().manifest.entries)


def _graph(ctx: click.Context) -> Path:
    """Return the file of the graph on the command line; of several, the first."""
    from graphflow.config.library import find_graph

    # Before an option that still lacks its value, click leaves the arguments where they were.
    named = [ctx.params.get("graph"), *(ctx.params.get("graphs") or ()), *ctx.args]
    for each in filter(None, named):
        return find_graph(each)
    raise UsageError("no graph is named yet")


def _source(ctx: click.Context) -> GraphSource:
    from graphflow.config.library import read_text
    from graphflow.config.source import read_source

    path = _graph(ctx)
    return read_source(read_text(path), str(path))


def _registry_that_imports_nothing() -> Registry:
    """Return a registry of all known calculators; for it, `import` of a graph is refused."""
    from graphflow.nodes import registry as registries

    registries.load_plugins()
    known = registries.registry
    found = registries.Registry()
    found.offer({name: home for name in known.names() if (home := known.home(name))})
    return found
