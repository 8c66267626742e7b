"""What `graphflow run --compare-offline` is asked for: checked, decoded and handed on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from graphflow.commands.assignments import split_assignments
from graphflow.commands.progress import progress_on
from graphflow.commands.requests import RunRequest
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError, describe
from graphflow.words.short_names import full_name, short_names

if TYPE_CHECKING:
    from graphflow.commands.offline_comparison import LoadGraph

US_PER_MS: Final = 1000
COSTS_KEY: Final = "costs_ms"
"""Where a comparison's JSON has the costs."""

_OTHERS: Final = (
    *("record", "trace", "profile", "report", "rerun", "watch"),
    *("serve", "show", "stall_after", "no_drops"),
)
"""What is told of one real run."""


def is_comparison(request: RunRequest) -> bool:
    """Tell whether a comparison is asked for.

    Raises:
        UsageError: options of one are there, and it is not; or options that don't go with it are.
    """
    if request.compare_offline:
        given = [f"--{name.replace('_', '-')}" for name in _OTHERS if getattr(request, name)]
        if given:
            raise UsageError(
                f"--compare-offline runs the graph twice and writes nothing, so {listed(given)} "
                "can't go with it"
            )
        return True
    for option, value in (("--cost", request.cost), ("--costs", request.costs)):
        if value:
            raise UsageError(f"{option} goes with --compare-offline")
    return False


def run_comparison(
    path: Path,
    load: LoadGraph,
    values: Mapping[str, Any],
    request: RunRequest,
    stdout: TextIO,
    stderr: TextIO,
) -> int:
    """Compare, and print what came of it; return the exit code.

    Raises:
        UsageError: the request does not fit the graph.
        GraphflowError: a run failed.
    """
    from graphflow.commands.offline_comparison import Comparison, compare_offline

    nodes = [node.name for node in load().plan.nodes]
    costs_us = {} if request.costs is None else costs_from_file(request.costs, nodes)
    costs_us |= costs_from_texts(request.cost, nodes)
    comparison = Comparison(path, load, values, costs_us, request.costs is None, request.threads)
    with progress_on(stderr, is_quiet=request.quiet) as progress:
        report = compare_offline(comparison, progress)
    if request.as_json:
        print(report.as_json(), file=stdout)
    elif not request.quiet:
        print(report.as_text(), file=stdout)
    return 0


def costs_from_texts(texts: Sequence[str], nodes: Sequence[str]) -> dict[str, int]:
    """Return NODE=MS texts as microseconds by node.

    Args:
        texts: nodes are named in full or by an end of the name that no other node has.
        nodes: names of the graph's nodes.

    Raises:
        UsageError: one is not of that form, or names no node or a node twice.
    """
    costs: dict[str, int] = {}
    for name, text in split_assignments(texts, "--cost", "NODE=MS").items():
        node = _node(name, nodes, "--cost")
        if node in costs:
            raise UsageError(f'--cost: "{node}" is given twice')
        try:
            costs[node] = _microseconds(float(text))
        except ValueError:
            raise UsageError(
                f'--cost: found "{text}" for {name}; expected milliseconds, 0 or more'
            ) from None
    return costs


def costs_from_file(path: str, nodes: Sequence[str]) -> dict[str, int]:
    """Return the costs that the JSON of an earlier comparison has, microseconds by node.

    Raises:
        UsageError: the file can't be read, or has no costs, or those of another graph.
    """
    try:
        found = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--costs: {describe(error)}") from error
    except ValueError as error:
        raise UsageError(f"--costs: {path} is no JSON: {error}") from error
    costs = found.get(COSTS_KEY) if isinstance(found, dict) else None
    if not isinstance(costs, dict):
        raise UsageError(
            f'--costs: {path} has no "{COSTS_KEY}", milliseconds by node\n'
            "  hint: make it with graphflow run ... --compare-offline --json"
        )
    names = {name: _node(name, nodes, f"--costs: {path}") for name in costs}
    try:
        return {names[name]: _microseconds(float(cost)) for name, cost in costs.items()}
    except (TypeError, ValueError):
        raise UsageError(
            f"--costs: {path}: found a cost that is no number of milliseconds, 0 or more"
        ) from None


def _microseconds(cost_ms: float) -> int:
    if not math.isfinite(cost_ms) or cost_ms < 0:
        raise ValueError(f"found {cost_ms}")
    return round(US_PER_MS * cost_ms)


def _node(name: str, nodes: Iterable[str], where: str) -> str:
    known = list(nodes)
    node = full_name(name, known)
    if node not in known:
        short = short_names(known).values()
        hint = suggestion(name, [*known, *short]) or "graphflow explain GRAPH names them"
        raise UsageError(f'{where}: the graph has no node "{name}"\n  hint: {hint}')
    return node
