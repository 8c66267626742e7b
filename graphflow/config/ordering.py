"""Put nodes in topological order, and name the cycle where there is none."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Any

from graphflow.config.graph_config import Connection
from graphflow.config.library import with_trail
from graphflow.config.port_matching import MatchedNode
from graphflow.words.diagnostics import Diagnostic
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Edge:
    """A stream or side packet from one node to another, back edges left out.

    Attributes:
        producer, consumer: positions of the nodes.
        connection: the consumer's end.
    """

    producer: int
    consumer: int
    connection: Connection
    is_stream: bool


def topological_order(count: int, edges: Sequence[Edge]) -> list[int]:
    """Return node positions so that producers come first, as close to the given order as can be.

    Nodes on cycles, and those after them, are left out.
    """
    consumers: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for edge in edges:
        consumers[edge.producer].append(edge.consumer)
        waiting[edge.consumer] += 1
    ready = [node for node in range(count) if not waiting[node]]
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for consumer in consumers[node]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                heapq.heappush(ready, consumer)
    return order


def explain_cycles(nodes: Sequence[MatchedNode], edges: Sequence[Edge]) -> Iterator[Diagnostic]:
    """Tell one cycle of each knot of nodes, and where a back edge would open it."""
    # Imported here because it takes longer than loading a graph without cycles.
    import networkx

    graph: Any = networkx.MultiDiGraph()
    for edge in edges:
        graph.add_edge(edge.producer, edge.consumer, edge=edge)
    knots = sorted(sorted(knot) for knot in networkx.strongly_connected_components(graph))
    for knot in knots:
        part = graph.subgraph(knot)
        if part.number_of_edges():
            found = networkx.find_cycle(part, source=knot[0])
            yield _cycle_fault(nodes, [part.edges[step]["edge"] for step in found])


def _cycle_fault(nodes: Sequence[MatchedNode], cycle: list[Edge]) -> Diagnostic:
    start = min(range(len(cycle)), key=lambda at: cycle[at].producer)
    cycle = [*cycle[start:], *cycle[:start]]
    words = [nodes[cycle[0].producer].config.label]
    for edge in cycle:
        label = nodes[edge.consumer].config.label
        words.append(f"-({edge.connection.written})-> {label}")
    streams = [edge for edge in cycle if edge.is_stream]
    if not streams:
        return _located(
            nodes[cycle[0].consumer],
            cycle[0].connection,
            "these nodes wait for each other's side packets",
            " ".join(words),
            "side packets without a cycle",
            "",
        )
    opened = max(streams, key=lambda edge: _is_loop_input(nodes[edge.consumer], edge))
    port = opened.connection.port
    consumer = nodes[opened.consumer]
    return _located(
        consumer,
        opened.connection,
        "these nodes form a cycle without a back edge",
        " ".join(words),
        "one input on the cycle marked as a back edge",
        f'mark {port} of node "{consumer.config.label}" with '
        f'input_stream_info: {{tag_index: "{port}", back_edge: true}}',
    )


def _is_loop_input(node: MatchedNode, edge: Edge) -> tuple[bool, bool]:
    """Rank inputs by how probably they are meant to close a loop."""
    does_not_promise = node.contract.timestamp_offset is None
    return does_not_promise, edge.producer >= edge.consumer


def _located(
    node: MatchedNode, connection: Connection, fault: str, found: str, expected: str, hint: str
) -> Diagnostic:
    diagnostic = Diagnostic(connection.location, fault, found, expected, (), hint)
    return with_trail(diagnostic, node.config.trail)
