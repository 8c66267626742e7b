"""Errors that go to a stream: the failed time is skipped there, and told here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.graph import INLINE, Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.input_policy import BarrierPolicy
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.testing.simulation import SimulatedRun, SimulationFault, explore, simulate
from graphflow.words.errors import CalculatorError, GraphStuck
from graphflow.words.timestamp import DONE, MAX, MIN, POSTSTREAM, PRESTREAM
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Fail,
    Join,
    Machine,
    Node,
    Pass,
    make_graph,
    make_plan,
    packet_of,
    packets,
)

SEEDS = range(40)


class FailOdd(Calculator[NoOptions]):
    """Emits, promises, and raises at every odd time."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        if context.outputs:
            context.outputs[0].add(packet_of(context.inputs[0]))
        if context.timestamp % 2:
            raise ValueError(f"no {context.timestamp}")


class FailOddUnpromised(FailOdd):
    contract = Contract(**ANY_PORTS, timestamp_offset=None)


def failing(**changes: Any) -> Graph:
    """in -> odd -> even, errors of odd -> bad; all three joined."""
    settings = {"calculator": FailOdd, **changes}
    node = Node(name="odd", inputs=["in"], outputs=["even"], errors_to="bad", **settings)
    return make_graph(
        node, Node("join", Join, ["in", "even", "bad"], ["out"]), inputs=["in"], outputs=["out"]
    )


def shown(run: SimulatedRun) -> list[tuple[Any, Any, str]]:
    return [
        (given, even, str(error.cause) if error else "") for given, even, error in run.values("out")
    ]


def is_same(left: Any, right: Any) -> bool:
    return str(left) == str(right)


@pytest.mark.parametrize("max_in_flight", [1, 3])
def test_errors_come_at_the_time_of_the_call_in_every_order(max_in_flight: int) -> None:
    graph = failing(max_in_flight=max_in_flight)
    run = explore(
        graph, {"in": packets(range(6))}, seeds=SEEDS, workers=4, is_same=is_same, pauses=2
    )
    assert run.error is None
    assert shown(run) == [(t, None, f"no {t}") if t % 2 else (t, t, "") for t in range(6)]


def test_an_error_says_node_step_time_and_cause() -> None:
    made = machine()
    made.add("in", 7)
    made.fail(made.take(), cause := ValueError("seven"))
    (packet,) = made.scheduler.nodes[1].queues[0].packets
    error = packet.value
    assert isinstance(error, CalculatorError)
    assert (packet.timestamp, error.node, error.step, error.timestamp) == (7, "odd", "process", 7)
    assert error.cause is cause
    assert made.scheduler.nodes[0].skipped == 1
    assert list(made.scheduler.skipped_errors) == [error]


def machine(**changes: Any) -> Machine:
    """The node "odd", whose errors wait at a node of another pool; both are open."""
    settings = {"calculator": FailOdd, "inputs": ["in"], "outputs": ["even"], **changes}
    odd = Node(name="odd", errors_to="bad", **settings)
    taker = Node("take", Pass, ["bad"], ["told"], executor=1)
    made = Machine(make_plan(odd, taker, inputs=["in"], executors=2))
    for pool in made.scheduler.pools:
        opening = made.scheduler.take(pool)
        assert opening is not None
        made.finish(opening)
    return made


def told(made: Machine) -> list[int]:
    """The times of the errors that wait."""
    return [packet.timestamp for packet in made.scheduler.nodes[1].queues[0].packets]


def test_a_call_that_succeeds_settles_its_time() -> None:
    made = machine()
    made.add("in", 4)
    made.finish(made.take())
    assert made.bounds()["bad"] == 5


@pytest.mark.parametrize("offset", [None, -3, 10])
def test_the_bound_follows_the_calls_whatever_the_offset(offset: int | None) -> None:
    made = machine(changes={"offset": offset})
    made.add("in", 4)
    made.finish(made.take())
    assert made.bounds()["bad"] == 5
    made.advance("in", 20)
    assert made.bounds()["bad"] == 20
    made.add("in", 20)
    made.fail(made.take(), ValueError())
    assert made.bounds()["bad"] == 21


def test_the_stream_ends_with_its_node() -> None:
    made = machine()
    made.close_input(made.scheduler.inputs["in"])
    made.finish(made.take())
    assert made.bounds()["bad"] == DONE


@pytest.mark.parametrize(
    ("times", "expected"),
    [([PRESTREAM], [MIN]), ([3, MAX], [3, MAX]), ([POSTSTREAM], [MAX])],
)
def test_errors_before_and_after_all_times_are_moved_to_ordinary_ones(
    times: list[int], expected: list[int]
) -> None:
    made = machine()
    for time in times:
        made.add("in", time)
        made.fail(made.take(), ValueError())
    assert told(made) == expected


def test_a_stream_of_errors_that_nobody_reads_is_fine() -> None:
    node = Node("odd", FailOdd, ["in"], ["even"], errors_to="bad")
    graph = make_graph(node, inputs=["in"], outputs=["even"])
    assert explore(graph, {"in": packets(range(4))}, seeds=SEEDS).values("even") == [0, 2]


def test_a_sink_may_have_a_stream_of_errors() -> None:
    graph = make_graph(
        Node("odd", FailOdd, ["in"], [], errors_to="bad"),
        Node("join", Join, ["in", "bad"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": packets(range(4))}, seeds=SEEDS, is_same=is_same)
    assert [error is None for _, error in run.values("out")] == [True, False, True, False]


def test_a_barrier_fails_at_the_time_of_its_call() -> None:
    odd = Node("odd", FailOdd, ["in", "other"], [], errors_to="bad", policy=BarrierPolicy())
    graph = make_graph(odd, inputs=["in", "other"], outputs=["bad"])
    feeds = {"in": packets([1, 4]), "other": packets([8, 9])}
    run = explore(graph, feeds, seeds=SEEDS, is_same=is_same)
    assert run.timestamps("bad") == [1]


def test_full_queues_of_errors_hold_sources_back() -> None:
    graph = make_graph(
        Node("count", Count, [], ["n"], options={"count": 30}),
        Node("odd", FailOdd, ["n"], [], errors_to="bad"),
        Node("every", Pass, ["bad"], ["out"]),
        outputs=["out"],
        limit=2,
    )
    for seed in SEEDS:
        run = simulate(graph, seed=seed)
        assert len(run.values("out")) == 15
        assert run.longest_queues["bad"] <= 2


@pytest.mark.parametrize("step", ["open", "close"])
def test_a_failure_to_open_or_close_ends_the_run(step: str) -> None:
    node = Node("n", Fail, ["in"], ["out"], options={"step": step}, errors_to="bad")
    run = simulate(make_graph(node, inputs=["in"]), {"in": packets([1])})
    assert isinstance(run.error, CalculatorError)


def test_a_node_after_it_that_fails_ends_the_run_as_ever() -> None:
    graph = make_graph(
        Node("odd", FailOdd, ["in"], ["even"], errors_to="bad"),
        Node("late", Fail, ["even"], ["out"], options={"at": 2}),
        inputs=["in"],
        outputs=["bad"],
    )
    for seed in SEEDS:
        run = simulate(graph, {"in": packets(range(5))}, seed=seed)
        assert 'node "late" failed in process at 2' in str(run.error)


@pytest.mark.parametrize("threads", [INLINE, 2])
def test_every_driver_delivers_them(threads: int) -> None:
    graph = failing(calculator=FailOddUnpromised)
    got: list[Packet] = []
    graph.observe("bad", got.append)
    graph.start(threads=threads)
    for packet in packets(range(6)):
        graph.add_packet("in", packet)
    graph.close_inputs()
    graph.wait_until_done()
    assert [packet.timestamp for packet in got] == [1, 3, 5]
    assert graph.ledger().skipped == {"odd": 3}


def test_an_error_that_is_delivered_out_of_order_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def release(invocation: Any, stream: Any, work: Any) -> None:
        stream.bound = max(stream.bound, 0)

    monkeypatch.setattr("graphflow.runtime.releasing._release_error", release)
    with pytest.raises(SimulationFault):
        explore(failing(), {"in": packets(range(6))}, seeds=SEEDS, is_same=is_same)


def test_a_node_that_waits_for_its_own_errors_is_reported() -> None:
    odd = Node("odd", FailOdd, ["in", "bad"], ["even"], errors_to="bad", back=["bad"])
    graph = make_graph(odd, inputs=["in"], outputs=["even"])
    run = simulate(graph, {"in": packets(range(4))})
    assert isinstance(run.error, GraphStuck)
    assert 'stream "bad"' in str(run.error)


def test_a_stream_of_errors_may_leave_a_subgraph(tmp_path: Path) -> None:
    registry = Registry()
    registry.register(FailOdd)
    registry.register(Join)
    (tmp_path / "inner.yaml").write_text("""
        type: Inner
        input_stream: ["IN:a"]
        output_stream: ["ERRORS:bad"]
        node:
          - {calculator: FailOdd, input_stream: [a], on_error: {stream: bad}}
          - {calculator: FailOdd, name: hidden, input_stream: [a], on_error: {stream: unseen}}
        """)
    text = """
        input_stream: [in]
        output_stream: [out]
        node:
          - {calculator: Inner, input_stream: ["IN:in"], output_stream: ["ERRORS:told"]}
          - {calculator: Join, input_stream: [in, told], output_stream: [out]}
        """
    graph = Graph(plan_from_text(text, registry=registry, search=[tmp_path]))
    assert "inner__unseen" in {stream.name for stream in graph.plan.streams}
    run = explore(graph, {"in": packets(range(4))}, seeds=SEEDS, is_same=is_same)
    assert [error is None for _, error in run.values("out")] == [True, False, True, False]
