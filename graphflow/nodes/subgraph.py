"""Subgraph: a graph made in code for each node that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from graphflow.nodes.node_shape import NodeShape
from graphflow.nodes.options import NoOptions, Options

OptionsT = TypeVar("OptionsT", bound=Options)


class Subgraph(Generic[OptionsT]):
    """Base of subgraph classes: graphs that depend on the node that uses them.

    A graph in a file is the same wherever it is used. A subgraph class is asked, when a graph is
    loaded, for each node that names it, and may answer with another graph each time: as many
    branches as the node has streams, or those that its options ask for. A subclass is registered
    as calculators are (`graphflow.register`), and writes `config`; there are no objects of it.

    Attributes:
        options: class of the options that its nodes may have.
    """

    options: ClassVar[type[Options]] = NoOptions

    @classmethod
    def config(cls, node: NodeShape[OptionsT]) -> Mapping[str, Any]:
        """Return the graph that stands for one node.

        Args:
            node: its validated options, and which ports are connected. The graph's own inputs,
                outputs and side packets have to have these tags and indexes; their names are free.

        Returns:
            The graph, with a graph file's keys; as `Graph.from_dict` takes it. Options declared as
            `graphflow.nodes.options.Written` may be put into it wherever they belong.

        Raises:
            ValueError: there is no such graph (a ContractError or UsageError will do); the text
                becomes a fault at the node's place in the graph file.
        """
        raise NotImplementedError


AnySubgraph = Subgraph[Any]
