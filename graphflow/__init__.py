"""graphflow: the MediaPipe graph framework for Python.

Names are imported on first use, so that `import graphflow` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphflow.calculator import Calculator as Calculator
    from graphflow.context import Context as Context
    from graphflow.contract import ANY_TAG as ANY_TAG
    from graphflow.contract import Contract as Contract
    from graphflow.contract import Port as Port
    from graphflow.errors import GraphflowError as GraphflowError
    from graphflow.function_calculators import FunctionCalculator as FunctionCalculator
    from graphflow.function_calculators import as_calculator as as_calculator
    from graphflow.graph import Graph as Graph
    from graphflow.node_shape import NodeShape as NodeShape
    from graphflow.options import Options as Options
    from graphflow.packet import Packet as Packet
    from graphflow.registry import register as register
    from graphflow.service import Service as Service
    from graphflow.subgraph import Subgraph as Subgraph
    from graphflow.timestamp import Timestamp as Timestamp

_HOMES = {
    "ANY_TAG": "contract",
    "Calculator": "calculator",
    "Context": "context",
    "Contract": "contract",
    "FunctionCalculator": "function_calculators",
    "Graph": "graph",
    "GraphflowError": "errors",
    "NodeShape": "node_shape",
    "Options": "options",
    "Packet": "packet",
    "Port": "contract",
    "Service": "service",
    "Subgraph": "subgraph",
    "Timestamp": "timestamp",
    "as_calculator": "function_calculators",
    "register": "registry",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'graphflow' has no attribute {name!r}")
    # Kept, so that this is asked once a name, not once an import.
    found = globals()[name] = getattr(import_module(f"graphflow.{home}"), name)
    return found
