"""Ask each node's calculator for the contract of that node; a refusal is a fault at the node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from graphflow.config.graph_config import Connection, NodeConfig
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.contract import Contract
from graphflow.nodes.node_shape import ConnectedPorts, NodeShape
from graphflow.nodes.options import Options
from graphflow.words.diagnostics import Diagnostic
from graphflow.words.errors import ContractError

OptionsT = TypeVar("OptionsT", bound=Options)


def contract_of(
    node: NodeConfig, calculator: type[AnyCalculator], options: Options | None
) -> tuple[Contract, tuple[Diagnostic, ...]]:
    """Return the contract of a node, and the fault where its calculator refuses the node.

    A node whose options or connections have faults is not shown to its calculator: they are
    measured by the contract of the class, and so are those of a node that was refused.
    """
    if options is None or not node.is_whole:
        return calculator.contract, ()
    try:
        return calculator.contract_for(shape_of(node, options)), ()
    except (ContractError, ValueError) as refusal:
        fault = Diagnostic(node.location, f'node "{node.label}": {refusal}')
        return calculator.contract, (fault,)


def shape_of(node: NodeConfig, options: OptionsT) -> NodeShape[OptionsT]:
    """Return what a calculator or a subgraph class may know of a node."""
    return NodeShape(
        options,
        inputs=_connected(node.inputs),
        outputs=_connected(node.outputs),
        side_inputs=_connected(node.side_inputs),
        side_outputs=_connected(node.side_outputs),
    )


def _connected(connections: Iterable[Connection]) -> ConnectedPorts:
    return ConnectedPorts(connection.key for connection in connections)
