"""graphflow: the MediaPipe graph framework for Python.

Names are imported on first use, so that `import graphflow` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphflow.graph import Graph as Graph
    from graphflow.nodes.calculator import Calculator as Calculator
    from graphflow.nodes.context import Context as Context
    from graphflow.nodes.contract import ANY_TAG as ANY_TAG
    from graphflow.nodes.contract import Contract as Contract
    from graphflow.nodes.contract import Port as Port
    from graphflow.nodes.function_calculators import FunctionCalculator as FunctionCalculator
    from graphflow.nodes.function_calculators import as_calculator as as_calculator
    from graphflow.nodes.node_shape import NodeShape as NodeShape
    from graphflow.nodes.options import Options as Options
    from graphflow.nodes.registry import register as register
    from graphflow.nodes.service import Service as Service
    from graphflow.nodes.subgraph import Subgraph as Subgraph
    from graphflow.words.errors import GraphflowError as GraphflowError
    from graphflow.words.packet import Packet as Packet
    from graphflow.words.timestamp import Timestamp as Timestamp

_HOMES = {
    "ANY_TAG": "nodes.contract",
    "Calculator": "nodes.calculator",
    "Context": "nodes.context",
    "Contract": "nodes.contract",
    "FunctionCalculator": "nodes.function_calculators",
    "Graph": "graph",
    "GraphflowError": "words.errors",
    "NodeShape": "nodes.node_shape",
    "Options": "nodes.options",
    "Packet": "words.packet",
    "Port": "nodes.contract",
    "Service": "nodes.service",
    "Subgraph": "nodes.subgraph",
    "Timestamp": "words.timestamp",
    "as_calculator": "nodes.function_calculators",
    "register": "nodes.registry",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'graphflow' has no attribute {name!r}")
    with import_module("graphflow.words.uncollected").uncollected():
        # Kept, so that this is asked once a name, not once an import.
        found = globals()[name] = getattr(import_module(f"graphflow.{home}"), name)
    return found
