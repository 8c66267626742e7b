"""A snapshot says what every node is at, at any time."""

from __future__ import annotations

import pytest

from graphflow import Context
from graphflow.graph import INLINE
from graphflow.running.snapshot import NodeSnapshot, Snapshot
from tests.graphflow.engine_kit import Count, Join, Node, Pass, chain, make_graph


def by_name(snapshot: Snapshot | None) -> dict[str, NodeSnapshot]:
    assert snapshot is not None
    return {each.node: each for each in snapshot.nodes}


def test_there_is_none_before_the_start() -> None:
    assert chain(1).snapshot() is None


def test_a_waiting_join_names_its_stream_and_its_bound() -> None:
    graph = make_graph(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"])
    graph.start(threads=INLINE)
    graph.add_packet("a", 1, 10)
    graph.add_packet("b", 1, 5)
    join = by_name(graph.snapshot())["join"]
    assert [(each.port, each.length, each.bound) for each in join.queues] == [
        (":0", 1, 11),
        (":1", 0, 6),
    ]
    assert (join.state, join.calls, join.wait) == ("open", 1, "waits for b (bound 6)")
    graph.cancel()


def test_a_closed_node_waits_for_nothing() -> None:
    graph = chain(1)
    graph.start(threads=INLINE)
    graph.close_inputs()
    graph.wait_until_done()
    (node,) = by_name(graph.snapshot()).values()
    assert (node.state, node.wait) == ("closed", "")


@pytest.mark.parametrize(
    ("limit", "expected"), [(1, "held back by join :1"), (0, "runs process for")]
)
def test_what_keeps_a_source_is_said_in_short(limit: int, expected: str) -> None:
    seen: list[str] = []

    class Looking(Pass):
        def process(self, context: Context) -> None:
            if context.timestamp == 3:
                snapshot = by_name(graph.snapshot())
                seen.extend(each.wait for each in snapshot.values())
            super().process(context)

    graph = make_graph(
        Node("source", Count, [], ["numbers"]),
        Node("look", Looking, ["numbers"], ["looked"]),
        Node("join", Join, ["looked", "numbers"], ["out"]),
        limit=limit,
    )
    graph.run(threads=INLINE)
    assert any(each.startswith(expected) for each in seen), seen
