"""Ask a subgraph class for the graph of one node, and read it as a file is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphflow.config.fault_list import FaultList
from graphflow.config.graph_config import GraphConfig, NodeConfig
from graphflow.config.library import with_trail
from graphflow.config.node_contracts import shape_of
from graphflow.config.option_checking import Owner, check_options
from graphflow.config.reader import read_config
from graphflow.config.scope import check_scope
from graphflow.config.yaml_source import from_python
from graphflow.nodes.subgraph import AnySubgraph
from graphflow.words.diagnostics import Diagnostic, Note
from graphflow.words.errors import ConfigError, ContractError


def made_graph(
    node: NodeConfig, subgraph: type[AnySubgraph]
) -> tuple[GraphConfig | None, tuple[Diagnostic, ...]]:
    """Return the graph that a class makes for a node, located there; and all faults.

    Returns:
        The graph, or None where its names could not be read; and the faults of the node's options
        and of the graph.
    """
    owner = Owner(f'node "{node.label}"', node.calculator.text, node.location, node.trail)
    options, faults = check_options(subgraph.options, node.options, owner)
    if options is None or not node.is_whole:
        return None, faults
    try:
        made = subgraph.config(shape_of(node, options))
    except (ContractError, ValueError) as refusal:
        return None, _located(node, [_fault(node, str(refusal))])
    if not isinstance(made, Mapping):
        found = type(made).__name__
        return None, _located(node, [_fault(node, f"config returned {found}; expected a mapping")])
    return _read(node, made)


def _read(
    node: NodeConfig, made: Mapping[str, object]
) -> tuple[GraphConfig | None, tuple[Diagnostic, ...]]:
    faults = FaultList()
    try:
        value = from_python(made, node.calculator.location)
        # The class has the node's options at hand; and what they say is not looked at again.
        config, found = read_config(value, node.location.file, takes_parameters=False)
        faults += (*found, *check_scope(config))
    except ConfigError as limit:
        return None, _located(node, limit.diagnostics)
    note = Note(
        f'in the graph that {node.calculator.text} makes for node "{node.label}" at',
        node.calculator.location,
    )
    located = [with_trail(fault, (note,)) for fault in faults]
    return (config if config.is_whole else None), _located(node, located)


def _fault(node: NodeConfig, words: str) -> Diagnostic:
    return Diagnostic(node.calculator.location, f'node "{node.label}": {words}')


def _located(node: NodeConfig, faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(with_trail(fault, node.trail) for fault in faults)
