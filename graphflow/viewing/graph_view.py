"""The graph itself in the viewer: a node for each node and graph input, an edge for each stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphflow.plan import Plan
from graphflow.words.short_names import short_names

LAYER_PX: Final = 70
LETTER_PX: Final = 8
GAP_PX: Final = 50

Edges = Sequence[tuple[str, str]]


def graph_views(rerun: Any, plan: Plan) -> tuple[Any, Any]:
    """Return nodes and edges.

    Args:
        rerun: the viewer's library.
        plan: the graph.
    """
    shortened = short_names([node.name for node in plan.nodes])
    labels = {f"input {plan.streams[each].name}": plan.streams[each].name for each in plan.inputs}
    producers = {each: f"input {plan.streams[each].name}" for each in plan.inputs}
    for node in plan.nodes:
        labels[node.name] = shortened[node.name]
        producers |= {output.stream: node.name for output in node.outputs}
    edges = tuple(
        dict.fromkeys(
            (producers[each.stream], node.name)
            for node in plan.nodes
            for each in node.inputs
            if each.stream in producers
        )
    )
    places = places_of(labels, edges)
    nodes = rerun.GraphNodes(
        list(labels), labels=list(labels.values()), positions=[places[name] for name in labels]
    )
    return nodes, rerun.GraphEdges(list(edges), graph_type="directed")


def places_of(labels: Mapping[str, str], edges: Edges) -> dict[str, tuple[float, float]]:
    """Place nodes in layers, each below those that feed it and near the middle of these.

    Left alone, the viewer makes a heap of so many nodes.

    Args:
        labels: what is written on each node, in topological order.
        edges: from node to node; those that lead back are not looked at.
    """
    order = {name: position for position, name in enumerate(labels)}
    feeders: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        if order[start] < order[end]:
            feeders[end].append(start)
    depths: dict[str, int] = {}
    layers: dict[int, list[str]] = defaultdict(list)
    for name in labels:
        depths[name] = max((depths[each] + 1 for each in feeders[name]), default=0)
        layers[depths[name]].append(name)
    across: dict[str, float] = {}
    for depth in sorted(layers):
        wanted = {
            name: sum(across[each] for each in feeders[name]) / max(1, len(feeders[name]))
            for name in layers[depth]
        }
        row = sorted(layers[depth], key=wanted.__getitem__)
        widths = [len(labels[name]) * LETTER_PX + GAP_PX for name in row]
        left = sum(wanted.values()) / len(row) - sum(widths) / 2
        for name, width in zip(row, widths, strict=True):
            across[name] = left + width / 2
            left += width
    return {name: (across[name], float(depths[name] * LAYER_PX)) for name in labels}
