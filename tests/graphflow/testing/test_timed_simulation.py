"""Timed simulation: calls take virtual time, executors have threads, and each run is the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port
from graphflow.driver import Late
from graphflow.nodes.input_policy import DefaultPolicy
from graphflow.nodes.options import NoOptions
from graphflow.plan import ExecutorKind, ExecutorPlan
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.testing.simulation import SimulationFault
from graphflow.testing.timed_driver import TimedCall, TimedDriver
from graphflow.testing.timed_simulation import TimedFeed, TimedRun
from graphflow.testing.timed_simulation import simulate_timed as simulate_as_it_is
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    GraphFull,
    GraphStuck,
    TimestampError,
    UsageError,
)
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Count,
    Fail,
    Join,
    Node,
    Pass,
    StopAt,
    chain,
    diamond,
    diamond_result,
    make_graph,
    pose_loop,
    pose_result,
)


def feeds(times: range, stream: str = "in") -> list[TimedFeed]:
    """Packets whose values and virtual times are their times."""
    return [(time, stream, Packet(time, time)) for time in times]


def free(graph: Graph) -> Graph:
    """The same graph, with executors that have as many threads as they can use."""
    executors = tuple(replace(each, num_threads=0) for each in graph.plan.executors)
    return Graph(replace(graph.plan, executors=executors))


def simulate_timed(graph: Graph, *arguments: Any, **settings: Any) -> TimedRun:
    return simulate_as_it_is(free(graph), *arguments, **settings)


def test_a_call_ends_when_its_time_is_over() -> None:
    run = simulate_timed(chain(2), feeds(range(0, 30, 10)), durations={"n0": 4, "n1": 5})
    assert run.error is None
    assert run.seen_us == {"out": [9, 19, 29]}
    assert (run.timestamps("out"), run.values("out")) == ([0, 10, 20], [0, 10, 20])
    assert run.begins_us("n1") == [4, 14, 24]
    assert run.begins_us() == [0, 4, 10, 14, 20, 24]
    assert TimedCall("n0", "process", 10, 10, 14) in run.calls
    assert run.end_us == 29


def test_calls_of_one_node_come_one_after_another_unless_it_allows_more() -> None:
    graph = make_graph(Node("n", Pass, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    assert simulate_timed(graph, feeds(range(3)), durations={"n": 10}).seen_us["out"] == [
        10, 20, 30
    ]  # fmt: skip
    graph = make_graph(
        Node("n", Pass, ["in"], ["out"], max_in_flight=2), inputs=["in"], outputs=["out"]
    )
    assert simulate_timed(graph, feeds(range(3)), durations={"n": 10}).seen_us["out"] == [
        10, 11, 20
    ]  # fmt: skip


def test_a_duration_may_depend_on_the_packet() -> None:
    run = simulate_timed(
        chain(1), feeds(range(0, 30, 10)), durations={"n0": lambda time: 15 if not time else 1}
    )
    assert run.seen_us["out"] == [15, 16, 21]


@pytest.mark.parametrize(
    ("executor", "workers", "seen"),
    [
        (ExecutorPlan(), None, [10, 10, 10]),
        (ExecutorPlan(), 1, [10, 20, 30]),
        (ExecutorPlan(), 2, [10, 10, 20]),
        (ExecutorPlan("", 2), None, [10, 10, 20]),
        (ExecutorPlan("", 2), 1, [10, 10, 20]),
        (ExecutorPlan("", 0, ExecutorKind.APPLICATION_THREAD), None, [10, 20, 30]),
    ],
)
def test_calls_overlap_while_their_executor_has_threads(
    executor: ExecutorPlan, workers: int | None, seen: list[int]
) -> None:
    nodes = [Node(f"n{at}", Pass, ["in"], [f"out{at}"]) for at in range(3)]
    graph = make_graph(*nodes, inputs=["in"], outputs=["out0", "out1", "out2"])
    graph = Graph(replace(graph.plan, executors=(executor,)))
    durations = dict.fromkeys(("n0", "n1", "n2"), 10)
    run = simulate_as_it_is(graph, feeds(range(1)), durations=durations, workers=workers)
    assert sorted(each for times in run.seen_us.values() for each in times) == seen


def test_each_executor_has_its_own_threads() -> None:
    nodes = [Node(f"n{at}", Pass, ["in"], [f"out{at}"], executor=at) for at in range(2)]
    graph = make_graph(*nodes, inputs=["in"], outputs=["out0", "out1"], executors=2)
    run = simulate_as_it_is(graph, feeds(range(1)), durations={"n0": 10, "n1": 10})
    assert run.seen_us == {"out0": [10], "out1": [10]}


def test_what_a_calculator_sleeps_is_the_time_of_its_call_alone() -> None:
    class Sleeps(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS, services=(CLOCK,))

        def open(self, context: Context) -> None:
            context.service(CLOCK).sleep(0.000_003)

        def process(self, context: Context) -> None:
            clock = context.service(CLOCK)
            before_us = clock.now_us
            clock.sleep(0.000_007)
            context.outputs[0].emit((before_us, clock.now_us))

    has_clock = {"services": (CLOCK,)}
    nodes = [Node(f"n{at}", Sleeps, ["in"], [f"out{at}"], changes=has_clock) for at in range(2)]
    graph = make_graph(*nodes, inputs=["in"], outputs=["out0", "out1"])
    run = simulate_timed(graph, feeds(range(1)), durations={"n0": 10}, clock=VirtualClock(100))
    assert run.values("out0") == run.values("out1") == [(103, 110)]
    assert run.seen_us == {"out0": [120], "out1": [110]}


def test_of_one_time_what_is_fed_comes_first_then_the_older_call() -> None:
    graph = make_graph(
        Node("slow", Pass, ["in"], ["a"]), Node("quick", Pass, ["in"], ["b"]),
        Node("join", Join, ["a", "b"], ["out"]), inputs=["in"], outputs=["out"],
    )  # fmt: skip
    run = simulate_timed(
        graph, feeds(range(0, 11, 10)), durations={"slow": 10, "quick": 5}, observe=["a", "b"]
    )
    assert run.seen_us == {"a": [10, 20], "b": [5, 15]}
    order = [(call.node, call.begin_us) for call in run.calls if call.step == "process"]
    assert order == [
        ("slow", 0), ("quick", 0), ("quick", 10), ("join", 10), ("slow", 10), ("join", 20)
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("workers", [None, 1, 3])
def test_durations_don_t_change_what_comes_out(limit: int, workers: int | None) -> None:
    durations: dict[str, Any] = {"keep": 7, "drop": lambda time: 3 * time % 11}
    run = simulate_timed(
        diamond(limit=limit), feeds(range(40)), durations=durations, workers=workers
    )
    assert run.values("out") == diamond_result(range(40))
    graph = pose_loop(executors=3, limit=limit)
    run = simulate_timed(graph, feeds(range(40), "frame"), durations={"detect": 5, "track": 2})
    assert run.values("landmarks") == pose_result(40)


def test_a_feed_waits_for_room_and_those_after_it_too() -> None:
    graph = make_graph(
        Node("slow", Pass, ["in"], ["out"]), Node("other", Pass, ["more"], ["seen"]),
        inputs=["in", "more"], outputs=["out", "seen"], limit=1,
    )  # fmt: skip
    fed = [*feeds(range(4)), (4, "more", Packet("m", 4))]
    run = simulate_timed(graph, fed, durations={"slow": 10})
    assert run.begins_us("slow") == [0, 10, 20, 30]
    assert run.seen_us["seen"] == [20]  # the fourth packet had room when the third began


def test_the_ledger_of_the_run_is_kept() -> None:
    run = simulate_timed(chain(1), feeds(range(3)))
    entries = {each.node: (each.stream, each.consumed) for each in run.ledger.entries}
    assert entries["n0"] == ("in", 3)


def test_bounds_are_fed_too() -> None:
    run = simulate_timed(diamond(), [(5, "in", 100), (7, "in", Packet(100, 100))])
    assert run.timestamps("out") == [100]
    with pytest.raises(TimestampError, match="found a packet at 50"):
        simulate_timed(diamond(), [(5, "in", 100), (7, "in", Packet(50, 50))])


def test_queues_grow_where_nothing_else_can_run() -> None:
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], outputs=["out"], limit=1
    )
    fed = [*feeds(range(5), "a"), *feeds(range(5), "b")]
    run = simulate_timed(graph, fed)
    assert run.values("out") == [(at, at) for at in range(5)]


def test_sources_run_until_they_stop_or_are_stopped() -> None:
    graph = make_graph(
        Node("source", Count, [], ["all"], options={"count": 1000}),
        Node("stop", StopAt, ["all"], ["out"], options={"at": 3}),
        outputs=["out"],
        limit=2,
    )
    run = simulate_timed(graph, durations={"source": 10, "stop": 1})
    assert run.seen_us["out"][:3] == [11, 21, 31]
    assert run.error is None


def test_failures_are_told_with_what_came_before() -> None:
    graph = make_graph(Node("broken", Fail, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    run = simulate_timed(graph, feeds(range(10)))
    assert isinstance(run.error, CalculatorError)
    assert run.timestamps("out") == list(range(7))
    stuck = simulate_timed(pose_loop(policy=DefaultPolicy()), feeds(range(3), "frame"))
    assert isinstance(stuck.error, GraphStuck)


def test_an_interrupt_is_raised_when_all_is_closed() -> None:
    class Interrupted(Pass):
        contract = Contract(**ANY_PORTS)

        def process(self, context: Context) -> None:
            raise KeyboardInterrupt

    graph = make_graph(Node("n", Interrupted, ["in"], ["out"]), inputs=["in"])
    with pytest.raises(KeyboardInterrupt):
        simulate_timed(graph, feeds(range(1)))


def test_a_run_without_an_end_is_a_fault() -> None:
    graph = make_graph(Node("source", Count, [], ["out"], options={"count": 1000}))
    with pytest.raises(SimulationFault, match="no end after 50 events"):
        simulate_timed(graph, observe=["out"], max_events=50)


def test_names_that_the_graph_has_not_are_refused() -> None:
    with pytest.raises(UsageError, match='no node "n2" to take time'):
        simulate_timed(chain(2), durations={"n2": 1})
    with pytest.raises(UsageError, match='no stream "outs" to observe; did you mean "out"'):
        simulate_timed(chain(2), observe=["outs"])
    with pytest.raises(UsageError, match='no graph input "im"'):
        simulate_timed(chain(2), [(0, "im", Packet(1, 1))])


def test_side_packets_are_given_and_told() -> None:
    class Ask(Calculator[NoOptions]):
        contract = Contract(inputs=(Port(""),), side_inputs=(Port(""),))

        def process(self, context: Context) -> None:
            assert context.side_inputs[""] == 7

    graph = make_graph(Node("n", Ask, ["in"], [], ["s"]), inputs=["in"], side_packets=["s"])
    run = simulate_timed(graph, feeds(range(1)), side_packets={"s": 7})
    assert (run.error, run.side_packets) == (None, {"s": 7})


def test_the_driver_can_be_used_by_hand() -> None:
    graph = diamond(limit=1)
    clock = VirtualClock()
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start_with(
        partial(TimedDriver, clock=clock, durations={"keep": 10}, threads=[9, 9]), late=Late.DROP
    )
    graph.add_packet("in", 3, 3)
    assert got == []  # nothing happens until somebody waits
    graph.wait_until_idle()
    assert (len(got), clock.now_us) == (1, 10)
    graph.pause()
    graph.add_packet("in", 4, 4)
    graph.add_packet("in", 4, 4)  # too late, and dropped
    graph.advance("in", 6)
    graph.wait_until_idle()
    with pytest.raises(GraphFull):
        graph.add_packet("in", 6, 6, waits=False)
    with pytest.raises(UsageError, match="close the graph inputs first, or resume it"):
        graph.wait_until_done()
    graph.resume()
    graph.wait_until_idle()
    assert [packet.timestamp for packet in got] == [3, 4]
    graph.end_sources()
    graph.cancel()
    graph.add_packet("in", 7, 7)
    with pytest.raises(GraphCancelled):
        graph.wait_until_done()


def test_user_code_feeds_the_graph_while_its_own_call_goes_on() -> None:
    graph = chain(1)
    got: list[int] = []

    def feed_more(packet: Packet) -> None:
        got.append(packet.value)
        if packet.value < 3:
            graph.add_packet("in", packet.value + 1, packet.timestamp + 1)
            graph.wait_until_idle()

    graph.observe("out", feed_more)
    clock = VirtualClock()
    graph.start_with(partial(TimedDriver, clock=clock, durations={"n0": 10}, threads=[9]))
    graph.add_packet("in", 0, 0)
    graph.wait_until_idle()
    assert (got, clock.now_us) == ([0, 1, 2, 3], 40)
    graph.close_inputs()
    graph.wait_until_done()


def test_a_broken_invariant_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scheduler: object) -> None:
        raise AssertionError("bounds fell")

    monkeypatch.setattr("graphflow.testing.timed_driver.check", broken)
    with pytest.raises(SimulationFault, match="broken invariant: bounds fell"):
        simulate_timed(chain(1), feeds(range(1)))


def test_listeners_get_packets_with_their_virtual_times_and_nothing_is_kept() -> None:
    heard: list[tuple[int, int]] = []
    run = simulate_timed(
        chain(2),
        feeds(range(0, 30, 10)),
        durations={"n0": 4, "n1": 5},
        observe=(),
        listeners={"out": lambda packet, now_us: heard.append((packet.timestamp, now_us))},
    )
    assert heard == [(0, 9), (10, 19), (20, 29)]
    assert (run.packets, run.seen_us) == ({}, {})


def test_a_listener_of_no_stream_is_told() -> None:
    with pytest.raises(UsageError, match='no stream "oot" to observe'):
        simulate_timed(chain(1), listeners={"oot": lambda packet, now_us: None})


def test_unchecked_runs_are_the_same_runs() -> None:
    runs = [
        simulate_timed(chain(2), feeds(range(5)), durations={"n0": 3}, checks=checks)
        for checks in (True, False)
    ]
    assert runs[0].seen_us == runs[1].seen_us
    assert runs[0].calls == runs[1].calls


def test_a_long_run_keeps_its_last_calls_and_counts_all() -> None:
    run = simulate_timed(chain(2), feeds(range(5)), calls_kept=3)
    assert [(call.node, call.step) for call in run.calls][-1] == ("n1", "close")
    assert len(run.calls) == 3
    assert run.call_counts == {"n0": 5, "n1": 5}
