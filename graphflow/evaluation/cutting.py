"""Cut a graph open: some of its streams become inputs, and what is then not needed goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graphflow.config.graph_config import Connection, GraphConfig, NodeConfig


def cut(
    config: GraphConfig, inputs: Collection[Connection], outputs: Collection[str]
) -> GraphConfig:
    """Return the part of an expanded graph that makes some streams of others.

    Nodes that the outputs don't depend on are left out: those before the inputs, drawing, writing.

    Args:
        config: an expanded graph.
        inputs: the graph inputs that it shall have; their streams may have producers, which then
            are left out, with all that only these needed.
        outputs: names of the streams wanted.
    """
    given = {each.name for each in inputs}
    needed = _Closure(config, given)
    for name in outputs:
        needed.add_stream(name)
    return replace(
        config,
        inputs=tuple(inputs),
        outputs=tuple(each for each in _produced(config) if each.name in outputs),
        side_outputs=(),
        # Whoever expands this again names nodes by their labels.
        nodes=tuple(
            replace(node, label=node.name) for node in config.nodes if node.name in needed.nodes
        ),
        subgraphs=(),
    )


def _produced(config: GraphConfig) -> list[Connection]:
    """Return each stream that a node makes as a graph output without tag."""
    every = [each for node in config.nodes for each in node.produced]
    return [replace(each, tag="", index=index) for index, each in enumerate(every)]


class _Closure:
    """The nodes that some streams depend on."""

    def __init__(self, config: GraphConfig, given: Collection[str]) -> None:
        self.nodes: set[str] = set()
        self._given = given
        self._of_stream = {each.name: node for node in config.nodes for each in node.produced}
        self._of_side = {each.name: node for node in config.nodes for each in node.side_outputs}

    def add_stream(self, name: str) -> None:
        """Add all that a stream depends on; back edges are followed too."""
        if name not in self._given and name in self._of_stream:
            self._add(self._of_stream[name])

    def _add(self, first: NodeConfig) -> None:
        waiting = [first]
        while waiting:
            node = waiting.pop()
            if node.name in self.nodes:
                continue
            self.nodes.add(node.name)
            streams = [each.name for each in node.inputs if each.name not in self._given]
            sides = [each.name for each in node.side_inputs]
            waiting += [self._of_stream[name] for name in streams if name in self._of_stream]
            waiting += [self._of_side[name] for name in sides if name in self._of_side]
