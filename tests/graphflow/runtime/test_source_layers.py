"""Sources of a higher layer wait for the end of the lower ones."""

from __future__ import annotations

import pytest

from graphflow import Context, Packet
from graphflow.graph import INLINE, Graph
from graphflow.testing.simulation import explore, simulate
from graphflow.words.errors import GraphStuck
from tests.graphflow.engine_kit import Count, Join, Machine, Node, Pass, make_graph, make_plan

SEEDS = range(60)


class EarlyCount(Count):
    """Counts from 6 on, after a first packet in open."""

    def open(self, context: Context) -> None:
        self.time = 6
        context.outputs[0].add(Packet(0, 0))


def counting(name: str, layer: int, count: int = 6, calculator: type[Count] = Count) -> Node:
    options = {"count": count}
    return Node(name, calculator, [], [name], options=options, changes={"source_layer": layer})


def two_layers(limit: int = 100) -> Graph:
    return make_graph(
        counting("late", 1, 10, EarlyCount),
        counting("early", 0),
        Node("a", Pass, ["late"], ["late_out"]),
        Node("b", Pass, ["early"], ["early_out"]),
        outputs=["late_out", "early_out"],
        limit=limit,
    )


@pytest.mark.parametrize("limit", [1, 100])
def test_a_layer_begins_when_all_of_the_lower_one_is_done(limit: int) -> None:  # 111
    graph = two_layers(limit)
    for seed in SEEDS:
        run = simulate(graph, seed=seed)
        assert run.timestamps("late_out") == [0, 6, 7, 8, 9]
        assert run.timestamps("early_out") == [0, 1, 2, 3, 4, 5]
        steps = [(call.node, call.step) for call in run.calls if call.node in ("late", "b")]
        assert steps.index(("late", "process")) > steps.index(("b", "close"))


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_layers_run_in_every_driver(threads: int) -> None:
    graph = two_layers()
    got: list[int] = []
    graph.observe("late_out", lambda packet: got.append(packet.timestamp))
    graph.run(threads=threads)
    assert got == [0, 6, 7, 8, 9]


def test_three_layers_run_one_after_another() -> None:
    graph = make_graph(*(counting(f"layer{layer}", layer, 3) for layer in (2, 0, 1)))
    run = simulate(graph, seed=1)
    order = [call.node for call in run.calls if call.step == "process"]
    assert list(dict.fromkeys(order)) == ["layer0", "layer1", "layer2"]


def test_only_numbers_that_are_used_are_layers() -> None:
    graph = make_graph(
        *(counting(name, layer) for name, layer in (("x", 7), ("y", 3), ("z", 3))),
        Node("join", Join, ["y", "z"], ["out"]),
        outputs=["out", "x"],
    )
    run = explore(graph, seeds=SEEDS)
    assert len(run.values("out")) == len(run.values("x")) == 6


def test_a_join_across_layers_grows_queues() -> None:
    graph = make_graph(
        counting("low", 0),
        counting("high", 1),
        Node("join", Join, ["low", "high"], ["out"]),
        outputs=["out"],
        limit=2,
    )
    run = explore(graph, seeds=SEEDS)
    assert run.values("out") == [(i, i) for i in range(6)]
    assert run.longest_queues["low"] == 6


def test_a_layer_says_what_it_waits_for() -> None:
    made = Machine(make_plan(counting("high", 1), counting("low", 0), limit=1))
    made.open_all()
    low, high = made.explain()
    assert str(high) == (
        'graph: node "high" is a source of layer 1: it waits for the end of those of lower layers\n'
        '  note: in the end it waits for node "low"'
    )
    assert low.waiting == 1


def test_a_lower_layer_that_waits_for_a_higher_one_is_stuck() -> None:
    stuck = make_graph(
        counting("high", 1),
        Node("take", MakeLate, ["high"], [], side_outputs=["made"]),
        Node("low", Count, [], ["low"], side_inputs=["made"]),
        outputs=["low"],
    )
    run = simulate(stuck)
    assert isinstance(run.error, GraphStuck)
    assert "lower layers" in str(run.error)


class MakeLate(Pass):
    """Makes a side packet when the first packet comes."""

    def process(self, context: Context) -> None:
        if context.timestamp == 0:
            context.side_outputs[""] = 1
