"""Simulated orders of events: one result for all seeds, and the engine's rules kept throughout."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from calculators.flow.flow_limiter import FlowLimiterCalculator
from graphflow import Calculator, Context, Contract, Packet
from graphflow.graph import Graph
from graphflow.nodes.input_policy import (
    DefaultPolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    SyncSet,
    SyncSetPolicy,
)
from graphflow.nodes.options import NoOptions
from graphflow.runtime import policies, releasing
from graphflow.testing.simulation import (
    SimulatedRun,
    SimulationDriver,
    SimulationFault,
    explore,
    simulate,
)
from graphflow.words.errors import CalculatorError, GraphCancelled, GraphStuck, UsageError
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    AddSide,
    Burst,
    Calls,
    Count,
    Every,
    Fail,
    Header,
    ImmediatePass,
    Join,
    Make,
    Node,
    OpenCloseOnly,
    Pass,
    Settled,
    StopAt,
    chain,
    diamond,
    diamond_result,
    make_graph,
    packet_of,
    packets,
    pose_loop,
    pose_result,
)

SEEDS = range(200)
FEW = range(60)


def opened(run: SimulatedRun, *, but: str = "") -> list[str]:
    return sorted(name for name in run.calls_of("open") if name != but)


def closed(run: SimulatedRun) -> list[str]:
    return sorted(run.calls_of("close"))


# ---- one result ---------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_chain_passes_everything_on(limit: int) -> None:
    run = explore(chain(4, limit=limit), {"in": packets(range(6))}, seeds=FEW)
    assert run.timestamps("out") == list(range(6))


@pytest.mark.parametrize(("limit", "seeds"), [(1, FEW), (3, FEW), (100, SEEDS)])
def test_a_join_waits_for_the_branch_that_drops(limit: int, seeds: range) -> None:
    run = explore(diamond(limit=limit), {"in": packets(range(8))}, seeds=seeds, workers=4)
    assert run.values("out") == diamond_result(range(8))


@pytest.mark.parametrize(
    ("executors", "limit", "seeds"), [(1, 100, SEEDS), (1, 2, FEW), (3, 100, FEW), (3, 2, FEW)]
)
def test_a_loop_like_that_of_pose_tracking(executors: int, limit: int, seeds: range) -> None:
    graph = pose_loop(executors=executors, limit=limit)
    run = explore(graph, {"frame": packets(range(10))}, seeds=seeds)
    assert run.values("landmarks") == pose_result(10)
    assert run.longest_queues["frame"] <= limit


def test_inputs_that_come_in_any_order_are_joined_by_time() -> None:
    graph = make_graph(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], outputs=["out"])
    feeds = {"a": packets(range(0, 12, 2)), "b": packets(range(0, 12, 3), scale=10)}
    run = explore(graph, feeds, seeds=FEW)
    assert run.values("out") == [
        (0, 0), (2, None), (None, 30), (4, None), (6, 60), (8, None), (None, 90), (10, None)
    ]  # fmt: skip


def test_a_starving_join_finishes_by_growing_full_queues() -> None:
    graph = make_graph(
        Node("source", Count, [], ["all", "tenth"], options={"count": 30}),
        Node("join", Join, ["all", "tenth"], ["out"]),
        outputs=["out"],
        limit=3,
    )
    run = explore(graph, seeds=FEW)
    assert run.values("out") == [(i, i if i % 10 == 9 else None) for i in range(30)]
    assert run.longest_queues["all"] == 10


def test_a_burst_over_a_full_queue_does_not_hold_its_source_back_for_ever() -> None:
    graph = make_graph(
        Node("source", Count, [], ["n", "tenth"], options={"count": 20}),
        Node("burst", Burst, ["n"], ["three"]),
        Node("join", Join, ["three", "tenth"], ["out"]),
        outputs=["out"],
        limit=2,
    )
    assert len(explore(graph, seeds=range(100)).values("out")) == 60


def test_results_of_parallel_calls_leave_in_the_order_of_their_inputs() -> None:
    graph = make_graph(
        Node("burst", Burst, ["in"], ["three"]),
        Node("drop", Every, ["three"], ["dropped"], max_in_flight=3),
        Node("keep", Pass, ["three"], ["kept"], max_in_flight=2),
        Node("join", Join, ["kept", "dropped"], ["out"]),
        inputs=["in"],
        outputs=["out"],
        limit=4,
    )
    run = explore(graph, {"in": packets(range(6))}, seeds=SEEDS, workers=5)
    assert run.values("out") == diamond_result(range(18))


@pytest.mark.parametrize("max_in_flight", [1, 3])
def test_an_offset_is_promised_for_waiting_and_for_called_nodes(max_in_flight: int) -> None:
    later = {"offset": 5}
    graph = make_graph(
        Node("later", Shift, ["in"], ["shifted"], changes=later, max_in_flight=max_in_flight),
        Node("join", Join, ["in", "shifted"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": [*packets(range(0, 30, 5)), 1000]}, seeds=FEW)
    expected = [(t if t < 30 else None, t - 5 if t else None) for t in range(0, 35, 5)]
    assert run.values("out") == expected


class Shift(Calculator[NoOptions]):
    contract = Contract(**ANY_PORTS, timestamp_offset=5)

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        context.outputs[0].add(packet.at(packet.timestamp + 5))


def test_nodes_open_when_the_side_packets_they_need_are_made() -> None:
    graph = make_graph(
        Node("first", Make, side_outputs=["one"]),
        Node("second", Make, side_inputs=["one", "given"], side_outputs=["two"]),
        Node("add", AddSide, ["in"], ["out"], side_inputs=["two"]),
        inputs=["in"],
        outputs=["out"],
        side_packets=["given"],
    )
    run = explore(graph, {"in": packets([1, 2])}, side_packets={"given": 10}, seeds=FEW)
    assert run.values("out") == [13, 14]
    assert run.side_packets == {"given": 10, "one": 1, "two": 12}


def test_a_header_is_joined_before_everything_else() -> None:
    graph = make_graph(
        Node("header", Header, [], ["header"]),
        Node("pass", Pass, ["header"], ["passed"]),
        Node("join", Calls, ["passed", "in"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": packets([5, 6])}, seeds=FEW)
    assert [values for _, values, _ in run.values("out")] == [
        ("header", None),
        (None, 5),
        (None, 6),
    ]


def test_a_source_ends_with_stop_and_its_last_packets_are_processed() -> None:
    graph = make_graph(
        Node("source", Count, [], ["n"], options={"count": 7}),
        Node("pass", Pass, ["n"], ["out"]),
        outputs=["out"],
        limit=2,
    )
    assert explore(graph, seeds=FEW).values("out") == list(range(7))


def test_stop_from_another_node_ends_all_sources() -> None:
    graph = make_graph(
        Node("one", Count, [], ["a"], options={"count": 10_000}),
        Node("two", Count, [], ["b"], options={"count": 10_000}),
        Node("join", Join, ["a", "b"], ["joined"]),
        Node("stop", StopAt, ["joined"], ["out"], options={"at": 5}),
        outputs=["out"],
        limit=3,
    )
    for seed in SEEDS:
        run = simulate(graph, seed=seed)
        assert run.error is None
        assert run.timestamps("out")[:6] == list(range(6))
        assert opened(run) == closed(run) == ["join", "observer of out", "one", "stop", "two"]


def test_sync_sets_are_joined_each_by_itself() -> None:
    # Behaviours 101 and 103: a set listed or left over is the same.
    for listed in ((":0", ":2"), (":1",)), ((":0", ":2"),), ((":1",),):
        sets = tuple(SyncSet(tag_index=each) for each in listed)
        graph = make_graph(
            Node(
                "sets",
                Calls,
                ["a", "b", "c"],
                ["out"],
                policy=SyncSetPolicy(sync_set=sets),
                sync_sets=((0, 2), (1,)),
            ),
            inputs=["a", "b", "c"],
            outputs=["out"],
        )
        feeds = {"a": packets([0, 10]), "b": packets([-5, 5, 7]), "c": packets([0, 20])}
        for seed in range(100):
            seen = [
                (time, values)
                for time, values, _ in simulate(graph, feeds, seed=seed).values("out")
            ]
            by_set = [s for s in seen if s[1][1] is None], [s for s in seen if s[1][1] is not None]
            assert by_set[0] == [(0, (0, None, 0)), (10, (10, None, None)), (20, (None, None, 20))]
            assert by_set[1] == [(t, (None, t, None)) for t in (-5, 5, 7)]


def test_sync_sets_with_process_timestamps_see_settled_times() -> None:
    policy = SyncSetPolicy(sync_set=(SyncSet(tag_index=("",)),))
    graph = make_graph(
        Node(
            "sets",
            Calls,
            ["a", "b"],
            ["out"],
            policy=policy,
            sync_sets=((0,), (1,)),
            changes={"process_timestamps": True},
        ),
        inputs=["a", "b"],
        outputs=["out"],
    )
    for seed in FEW:
        run = simulate(graph, [("a", Packet(1, 1)), ("b", 10), ("a", 20)], seed=seed)
        assert run.error is None
        times = [time for time, _, _ in run.values("out")]
        assert set(times) <= {1, 9, 19}
        assert 1 in times


def test_immediate_nodes_take_each_input_as_it_comes() -> None:
    graph = make_graph(
        Node("pass", ImmediatePass, ["a", "b"], ["a_out", "b_out"], changes={"offset": None}),
        inputs=["a", "b"],
        outputs=["a_out", "b_out"],
    )
    run = explore(graph, {"a": packets([5, 6, 9]), "b": packets([1, 2, 9])}, seeds=FEW)
    assert run.values("a_out") == [5, 6, 9]
    assert run.values("b_out") == [1, 2, 9]


def test_a_fixed_size_queue_keeps_the_newest_and_loses_no_time() -> None:
    graph = make_graph(
        Node("thin", Pass, ["in"], ["thinned"], policy=FixedSizePolicy()),
        Node("join", Join, ["in", "thinned"], ["out"]),
        inputs=["in"],
        outputs=["thinned", "out"],
    )
    dropped = 0
    for seed in SEEDS:
        run = simulate(graph, {"in": packets(range(12))}, seed=seed)
        thinned = run.timestamps("thinned")
        assert run.error is None
        assert thinned == sorted(set(thinned))
        assert thinned[-1] == 11
        assert run.values("out") == [(t, t if t in thinned else None) for t in range(12)]
        dropped += 12 - len(thinned)
    assert dropped


@pytest.mark.parametrize("keeps_minimum", [False, True])
def test_fixed_size_joins_never_go_back_in_time(keeps_minimum: bool) -> None:
    policy = FixedSizePolicy(
        trigger_queue_size=3, target_queue_size=2, fixed_min_size=keeps_minimum
    )
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"], policy=policy),
        inputs=["a", "b"],
        outputs=["out"],
    )
    feeds = {"a": packets([1, 5, 6, 7, 8, 9]), "b": packets([4, 5, 8, 9, 10])}
    for seed in FEW:
        run = simulate(graph, feeds, seed=seed)
        assert run.error is None
        assert run.values("out")[-1] == (None, 10)
        for time, (a, b) in zip(run.timestamps("out"), run.values("out"), strict=True):
            assert {a, b} - {None} == {time}
            assert (a is not None) == (time in [1, 5, 6, 7, 8, 9])
            assert (b is not None) == (time in [4, 5, 8, 9, 10])


def test_settled_times_are_processed_once_each_and_rise() -> None:
    graph = make_graph(
        Node("drop", Every, ["in"], ["dropped"]),
        Node("settled", Settled, ["dropped"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    for seed in FEW:
        run = simulate(graph, {"in": packets(range(10))}, seed=seed)
        pairs = dict(zip(run.timestamps("out"), run.values("out"), strict=True))
        assert run.error is None
        assert [time for time, value in pairs.items() if value is not None] == [0, 3, 6, 9]
        assert set(pairs) <= set(range(10))


def test_a_node_without_streams_is_only_opened_and_closed() -> None:
    run = explore(make_graph(Node("alone", OpenCloseOnly)), seeds=range(20))
    assert [(call.node, call.step) for call in run.calls] == [("alone", "open"), ("alone", "close")]


def limited() -> Graph:
    return make_graph(
        Node(
            "limiter",
            FlowLimiterCalculator,
            ["frame", "FINISHED:result"],
            ["limited", "ALLOW:allow"],
            options={"max_in_queue": 1},
            back=["result"],
        ),
        Node("work", Pass, ["limited"], ["result"]),
        inputs=["frame"],
        outputs=["result", "allow"],
    )


def test_a_flow_limiter_loses_frames_but_never_the_last() -> None:
    counts = set()
    for seed in SEEDS:
        run = simulate(limited(), {"frame": packets(range(15))}, seed=seed)
        assert run.error is None
        results = run.timestamps("result")
        counts.add(len(results))
        assert results[-1] == 14
        assert [t for t, ok in enumerate(run.values("allow")) if ok] == results
    assert len(counts) > 3


# ---- failing and cancelling ---------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "process", "close"])
@pytest.mark.parametrize("max_in_flight", [1, 3])
def test_after_a_failure_every_opened_node_is_closed_once(step: str, max_in_flight: int) -> None:
    graph = make_graph(
        Node("before", Pass, ["in"], ["a"], max_in_flight=max_in_flight),
        Node(
            "broken",
            Fail,
            ["a"],
            ["b"],
            options={"step": step, "at": 4},
            max_in_flight=max_in_flight,
        ),
        Node("after", Pass, ["b"], ["out"], max_in_flight=max_in_flight),
        inputs=["in"],
        outputs=["out"],
    )
    for seed in SEEDS:
        run = simulate(graph, {"in": packets(range(9))}, seed=seed, workers=6)
        assert isinstance(run.error, CalculatorError)
        assert (run.error.node, run.error.step) == ("broken", step)
        assert opened(run, but="broken" if step == "open" else "") == closed(run)
        if step == "process":
            assert run.error.timestamp == 4
            assert run.timestamps("out") == list(range(len(run.values("out"))))[:4]


@pytest.mark.parametrize("make", [pose_loop, limited], ids=["pose", "limiter"])
def test_cancelled_at_any_moment_every_opened_node_is_closed_once(make: Any) -> None:
    graph = make()
    for seed in SEEDS:
        run = simulate(graph, {"frame": packets(range(9))}, seed=seed, cancel_after=seed)
        assert run.error is None or isinstance(run.error, GraphCancelled)
        assert opened(run) == closed(run)
        assert len(set(closed(run))) == len(closed(run))


def test_parallel_calls_and_a_cancel_leave_nobody_behind() -> None:
    graph = make_graph(
        Node("one", Pass, ["in"], ["a"], max_in_flight=4),
        Node("two", Every, ["a"], ["out"], max_in_flight=4),
        inputs=["in"],
        outputs=["out"],
    )
    for seed in FEW:
        feeds = {"in": packets(range(12))}
        run = simulate(graph, feeds, seed=seed, workers=8, cancel_after=seed % 60)
        assert opened(run) == closed(run)


def test_a_source_that_ends_with_a_fault_has_its_packets_processed() -> None:
    graph = make_graph(
        Node("source", Damaged, [], ["n"]),
        Node("pass", Pass, ["n"], ["out"]),
        outputs=["out"],
    )
    run = explore(graph, seeds=FEW)
    assert run.values("out") == [0, 1, 2]
    assert isinstance(run.error, CalculatorError)
    assert str(run.error).endswith("OSError: cut off")


class Damaged(Calculator[NoOptions]):
    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        for time in range(3):
            context.outputs[0].add(Packet(time, time))
        context.stop(OSError("cut off"))


# ---- stuck --------------------------------------------------------------------------------------


def test_a_loop_that_waits_for_itself_is_reported_with_node_stream_and_bound() -> None:
    graph = pose_loop(policy=DefaultPolicy())
    for seed in FEW:
        run = simulate(graph, {"frame": packets(range(4))}, seed=seed)
        assert isinstance(run.error, GraphStuck)
        assert 'node "loopback" waits' in str(run.error)
        assert 'stream "next_roi" (bound' in str(run.error)
        assert opened(run) == closed(run)


def test_a_deadlock_of_full_queues_is_reported_where_that_is_asked_for() -> None:
    graph = make_graph(
        Node("source", Count, [], ["all", "tenth"], options={"count": 30}),
        Node("join", Join, ["all", "tenth"], ["out"]),
        outputs=["out"],
        limit=3,
        report_deadlock=True,
    )
    for seed in range(50):
        run = simulate(graph, seed=seed)
        assert isinstance(run.error, GraphStuck)
        assert 'can\'t take from stream "all": 3 packets wait there' in str(run.error)
        assert 'it waits for input :1, stream "tenth"' in str(run.error)


# ---- the simulation itself -------------------------------------------------------------------


def test_a_seed_is_always_the_same_run_and_seeds_differ() -> None:
    def story(seed: int) -> tuple[str, ...]:
        return simulate(pose_loop(), {"frame": packets(range(6))}, seed=seed).events

    stories = {story(seed) for seed in range(50)}
    assert len(stories) > 45
    assert story(7) == story(7)


def test_user_code_may_feed_the_graph_it_runs_in() -> None:
    class Echo(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS)

        def process(self, context: Context) -> None:
            context.outputs[0].add(packet_of(context.inputs[0]))
            if context.timestamp < 5:
                graphs[-1].add_packet("in", "more", context.timestamp + 1)

    graphs: list[Graph] = []
    graph = make_graph(Node("echo", Echo, ["in"], ["out"]), inputs=["in"], outputs=["out"])
    for seed in range(20):
        graphs.append(Graph(graph.plan))
        got: list[Packet] = []
        graphs[-1].observe("out", got.append)
        graphs[-1].start_with(partial(SimulationDriver, seed=seed, workers=2))
        graphs[-1].add_packet("in", "first", 0)
        graphs[-1].wait_until_idle()
        with pytest.raises(UsageError, match="can't end: close the graph inputs"):
            graphs[-1].wait_until_done()
        graphs[-1].close_inputs()
        graphs[-1].wait_until_done()
        assert [packet.timestamp for packet in got] == list(range(6))


def test_a_bad_feed_raises_and_says_which() -> None:
    with pytest.raises(ValueError, match='stream "in": found a packet at 3; expected 6 or later'):
        simulate(chain(1), [("in", Packet(0, 5)), ("in", Packet(0, 3))])
    with pytest.raises(UsageError, match='no graph input "inn"'):
        simulate(chain(1), [("inn", Packet(0, 5))])


def test_explore_needs_a_seed_and_names_the_one_that_differs() -> None:
    with pytest.raises(UsageError, match="at least one seed"):
        explore(chain(1), seeds=())
    with pytest.raises(SimulationFault, match=r"differs from seed 0: stream \"result\"") as caught:
        explore(limited(), {"frame": packets(range(15))}, seeds=range(50))
    again = simulate(limited(), {"frame": packets(range(15))}, seed=caught.value.seed)
    assert again.events == caught.value.events


def test_a_fault_found_at_the_end_is_raised_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphflow.testing.simulation._PATIENCES", (0.0,))
    monkeypatch.setattr("graphflow.testing.simulation.check_call", broken)
    with pytest.raises(SimulationFault, match="broken invariant: on purpose"):
        simulate(chain(1), [], observe=["out"])


def broken(*arguments: Any) -> None:
    raise AssertionError("on purpose")


def test_explore_compares_errors_too() -> None:
    class Moody(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS)
        count = 0

        def open(self, context: Context) -> None:
            Moody.count += 1
            if Moody.count == 3:
                raise ValueError("not today")

    with pytest.raises(SimulationFault, match=r"found error .* not today; expected None"):
        explore(make_graph(Node("moody", Moody)), seeds=range(5))


# ---- mutants must be noticed -----------------------------------------------------------------


def test_a_gate_that_does_not_wait_is_noticed() -> None:
    graph = pose_loop()
    nodes = list(graph.plan.nodes)
    nodes[1] = replace(nodes[1], policy=ImmediatePolicy())
    with pytest.raises(SimulationFault):
        explore(Graph(replace(graph.plan, nodes=tuple(nodes))), {"frame": packets(range(12))})


def test_results_released_as_they_come_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "_in_order", lambda invocation: [invocation])
    graph = make_graph(
        Node("fast", Pass, ["in"], ["out"], max_in_flight=3), inputs=["in"], outputs=["out"]
    )
    errors = [simulate(graph, {"in": packets(range(9))}, seed=s).error for s in range(100)]
    broken = [error for error in errors if error is not None]
    assert len(broken) > 50
    assert "expected" in str(broken[0])


def test_a_join_that_watches_the_wrong_queue_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def review(self: Any, node: Any) -> policies.Verdict:
        verdict = original(self, node)
        if verdict is policies.WAIT:
            for queue in node.queues:
                queue.is_watched = queue is node.queues[0]
        return verdict

    original = policies.DefaultRule.review
    monkeypatch.setattr(policies.DefaultRule, "review", review)
    with pytest.raises(SimulationFault, match="watches") as caught:
        explore(diamond(), {"in": packets(range(12))})
    assert caught.value.events
    assert f"seed {caught.value.seed}: broken invariant" in str(caught.value)
