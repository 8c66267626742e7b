"""A traced run: what it tells agrees with the ledger, the node times, and the run without it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from graphflow import Context
from graphflow.driver import Late
from graphflow.graph import INLINE, Graph
from graphflow.nodes.input_policy import FixedSizePolicy
from graphflow.plan import Plan
from graphflow.runtime.ledger import BY_POLICY, SKIPPED, TOO_LATE
from graphflow.runtime.scheduler import Scheduler
from graphflow.testing.simulation import SimulationDriver
from graphflow.trace import (
    Event,
    Lengths,
    Lost,
    Moment,
    Profile,
    ThreadSeen,
    TracedCall,
    Tracer,
)
from graphflow.trace.events import APPLICATION
from graphflow.trace.tracer import BATCH, LATE_BATCH
from graphflow.words.errors import CalculatorError, GraphflowError, UsageError
from tests.graphflow.engine_kit import (
    Count,
    Fail,
    Join,
    Node,
    Pass,
    chain,
    diamond,
    make_graph,
    packets,
    pose_loop,
    pose_result,
)
from tests.simulation.random_graphs import RandomGraph, graphs


class Kept:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.batches: list[int] = []
        self.ends = 0
        self.plan = Plan((), ())

    def begin(self, plan: Plan, start_ns: int) -> None:
        self.plan = plan
        self.events.clear()

    def write(self, events: Sequence[Event]) -> None:
        self.batches.append(len(events))
        self.events += events

    def end(self) -> None:
        self.ends += 1

    def calls(self, node: str, step: str = "process") -> list[TracedCall]:
        return [
            each
            for each in self.events
            if isinstance(each, TracedCall)
            and each.step == step
            and self.plan.nodes[each.node].name == node
        ]

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]


def traced(graph: Graph, times: Sequence[int], stream: str = "in", **how: Any) -> Kept:
    kept, clock = Kept(), count()
    graph.start(trace=Tracer(kept, clock=lambda: next(clock)), **{"threads": INLINE, **how})
    for packet in packets(times):
        graph.add_packet(stream, packet)
    graph.close_inputs()
    with suppress(GraphflowError):
        graph.wait_until_done()
    return kept


def test_a_run_that_is_not_traced_has_a_plain_machine_and_plain_calls() -> None:
    graph = chain(2)
    graph.start(threads=INLINE)
    run = graph.current_run
    assert type(run.scheduler) is Scheduler
    calculators = run.driver.calculators
    assert [node.slot.call for node in run.scheduler.nodes] == [
        each.process for each in calculators
    ]


def test_each_call_is_told_once_with_what_it_got_and_gave() -> None:
    kept = traced(diamond(), range(4))
    calls = kept.calls("join")
    assert [call.timestamp for call in calls] == [0, 1, 2, 3]
    names = [stream.name for stream in kept.plan.streams]
    assert [[(names[each.stream], each.time) for each in call.inputs] for call in calls] == [
        [("kept", 0), ("dropped", 0)],
        [("kept", 1)],
        [("kept", 2)],
        [("kept", 3), ("dropped", 3)],
    ]
    assert [call.outputs for call in calls] == [((names.index("out"), time),) for time in range(4)]
    assert [len(kept.calls("join", step)) for step in ("open", "close")] == [1, 1]


def test_a_packet_leads_back_to_the_call_that_emitted_it() -> None:
    kept = traced(chain(2), range(3))
    made = {call.number: call for call in kept.calls("n0")}
    for call in kept.calls("n1"):
        (arrival,) = call.inputs
        producer = made[arrival.producer]
        assert (arrival.stream, arrival.time) in producer.outputs
        assert producer.ended_ns == arrival.sent_ns <= arrival.arrived_ns <= call.began_ns
    assert {each.producer for call in made.values() for each in call.inputs} == {APPLICATION}


def test_waiting_queued_and_busy_are_told_apart() -> None:
    kept, now = Kept(), 0

    class Slow(Pass):
        def process(self, context: Context) -> None:
            nonlocal now
            now += 50
            super().process(context)

    graph = make_graph(
        Node("slow", Slow, ["a"], ["slowed"]),
        Node("join", Join, ["slowed", "b"], ["out"]),
        inputs=["a", "b"],
        outputs=["out"],
    )
    graph.start(threads=INLINE, trace=Tracer(kept, clock=lambda: now))
    graph.pause()
    graph.add_packet("b", "b", 0)
    now += 7
    graph.add_packet("a", "a", 0)
    now += 3
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    (slow,), (join,) = kept.calls("slow"), kept.calls("join")
    assert (slow.waiting_ns, slow.queued_ns, slow.busy_ns) == (0, 3, 50)
    assert (join.waiting_ns, join.queued_ns, join.busy_ns) == (7 + 3 + 50, 0, 0)
    assert [moment.text for moment in kept.of(Moment)] == ["paused", "resumed"]


def test_queue_lengths_are_told_as_they_change() -> None:
    kept, graph = Kept(), chain(1)
    graph.start(threads=INLINE, trace=Tracer(kept, clock=lambda: 0))
    graph.pause()
    for packet in packets(range(3)):
        graph.add_packet("in", packet)
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    assert [each.lengths for each in kept.of(Lengths)] == [(1,), (2,), (3,), (2,), (1,), (0,)]


def test_what_the_input_policy_throws_away_is_told() -> None:
    kept, graph = Kept(), chain(1)
    policy = FixedSizePolicy(trigger_queue_size=2, target_queue_size=1)
    graph = make_graph(
        Node("n", Pass, ["in"], ["out"], policy=policy), inputs=["in"], outputs=["out"]
    )
    graph.start(threads=INLINE, trace=Tracer(kept, clock=lambda: 0))
    graph.pause()
    for packet in packets(range(5)):
        graph.add_packet("in", packet)
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    lost = Counter[str]()
    for each in kept.of(Lost):
        assert kept.plan.streams[each.stream].name == "in"
        lost[each.reason] += each.amount
    assert dict(lost) == {BY_POLICY: sum(entry.dropped for entry in graph.ledger().entries)}
    assert lost[BY_POLICY] > 0


def test_what_a_calculator_says_that_it_dropped_is_told_once() -> None:
    class Dropping(Pass):
        def process(self, context: Context) -> None:
            if context.timestamp < 3:
                context.inputs[0].drop("no room")

    kept = traced(chain(1, Dropping), range(5))
    assert [(each.reason, each.amount) for each in kept.of(Lost)] == [("no room", 1)] * 3


def test_what_a_source_had_and_did_not_emit_is_told_once() -> None:
    class Choosy(Count):
        def process(self, context: Context) -> None:
            super().process(context)
            if context.outputs[0].bound in (3, 5):
                context.outputs[0].drop("a newer one came first", 2)

    kept = Kept()
    graph = make_graph(Node("source", Choosy, [], ["a"]), Node("n", Pass, ["a"], ["out"]))
    graph.start(threads=INLINE, trace=Tracer(kept, clock=lambda: 0))
    graph.wait_until_done()
    assert [(each.port, each.reason, each.amount) for each in kept.of(Lost)] == [
        (-1, "a newer one came first", 2)
    ] * 2


def test_late_packets_and_calls_passed_over_are_told() -> None:
    kept, graph = (
        Kept(),
        make_graph(
            Node("n", Fail, ["in"], ["out"], options={"at": 1}, changes={"skips_errors": True}),
            inputs=["in"],
        ),
    )
    graph.start(threads=INLINE, late="drop", trace=Tracer(kept, clock=lambda: 0))
    for time in (1, 0, 2):
        graph.add_packet("in", time, time)
    graph.close_inputs()
    graph.wait_until_done()
    assert Counter(each.reason for each in kept.of(Lost)) == {TOO_LATE: 1, SKIPPED: 1}
    assert [call.has_failed for call in kept.calls("n")] == [True, False]


def test_a_failed_run_is_traced_to_its_end() -> None:
    graph = make_graph(
        Node("n", Fail, ["in"], ["out"], options={"at": 2}), inputs=["in"], outputs=["out"]
    )
    with pytest.raises(CalculatorError):
        traced(graph, range(5))
    kept, fresh = Kept(), Graph(graph.plan)
    fresh.start(threads=1, trace=Tracer(kept))
    with pytest.raises(CalculatorError):
        for packet in packets(range(5)):
            fresh.add_packet("in", packet)
        fresh.close_inputs()
        fresh.wait_until_done()
    assert [call.has_failed for call in kept.calls("n")] == [False, False, True]
    assert [each.text for each in kept.of(Moment)] == ["failed: CalculatorError"]
    assert len(kept.calls("n", "close")) == 1
    assert kept.ends == 1


def test_a_cancelled_run_ends_its_trace() -> None:
    kept, graph = Kept(), chain(1)
    graph.start(threads=1, trace=Tracer(kept))
    graph.cancel()
    with pytest.raises(GraphflowError):
        graph.wait_until_done()
    assert kept.ends == 1


@pytest.mark.parametrize("threads", [INLINE, 1, 3])
def test_a_traced_run_gives_what_one_without_a_trace_gives(threads: int) -> None:
    graph = pose_loop()
    found: list[Any] = []
    graph.observe("landmarks", lambda packet: found.append(packet.value))
    kept = traced(graph, range(30), "frame", threads=threads)
    assert found == pose_result(30)
    times = {each.node: each.calls for each in graph.node_times()}
    assert {name: len(kept.calls(name)) for name in times} == times
    assert len(kept.of(ThreadSeen)) == len({call.thread for call in kept.of(TracedCall)})
    assert kept.ends == 1


def test_the_calls_of_a_node_with_several_in_flight_are_told_apart() -> None:
    graph = make_graph(
        Node("n", Pass, ["in"], ["out"], max_in_flight=3),
        Node("end", Pass, ["out"], ["last"]),
        inputs=["in"],
    )
    kept = traced(graph, range(40), threads=4)
    assert sorted(call.timestamp for call in kept.calls("n")) == list(range(40))
    made = {call.number: call for call in kept.calls("n")}
    assert [made[call.inputs[0].producer].timestamp for call in kept.calls("end")] == list(
        range(40)
    )


def test_the_buffer_is_handed_on_in_batches() -> None:
    kept = traced(chain(3), range(1000))
    assert len(kept.batches) > 3
    assert max(kept.batches) < LATE_BATCH + 100


@pytest.mark.parametrize(("releases", "least"), [(True, BATCH), (False, LATE_BATCH)])
def test_a_buffer_is_handed_on_before_a_call_that_releases_the_lock(
    releases: bool, least: int
) -> None:
    kept = Kept()
    tracer = Tracer(kept, clock=lambda: 0)
    nodes = [
        Node("before", Pass, ["in"], ["a"]),
        Node("model", Pass, ["a"], ["b"], changes={"releases_lock": releases}),
        Node("after", Pass, ["b"], ["out"]),
    ]
    graph = make_graph(*nodes, inputs=["in"], outputs=["out"])
    graph.start(threads=INLINE, trace=tracer)
    time = most = 0
    while not kept.batches:
        most, time = len(tracer.notes), time + 1
        graph.add_packet("in", 0, time)
    assert least - 10 < most < least
    if releases:
        calls = [event for event in kept.events if isinstance(event, TracedCall)]
        assert (calls[-1].node, calls[-1].timestamp) == (0, time)
    graph.close_inputs()
    graph.wait_until_done()


def test_an_old_buffer_is_handed_on_however_short_it_is() -> None:
    kept, now = Kept(), 0
    graph = chain(1)
    graph.start(threads=INLINE, trace=Tracer(kept, clock=lambda: now))
    graph.add_packet("in", 0, 0)
    assert kept.batches == []
    now = 10**9
    graph.add_packet("in", 1, 1)
    assert [call.timestamp for call in kept.calls("n0")] == [0]
    graph.close_inputs()
    graph.wait_until_done()


def test_a_tracer_can_be_used_for_one_run_after_another() -> None:
    kept = Kept()
    tracer, graph = Tracer(kept, clock=lambda: 0), chain(1)
    for _ in range(2):
        graph.start(threads=INLINE, trace=tracer)
        graph.add_packet("in", 0, 0)
        graph.close_inputs()
        graph.wait_until_done()
        assert len(kept.calls("n0")) == 1
    assert kept.ends == 2


@pytest.mark.parametrize("fails", [False, True])
def test_no_thread_of_the_trace_outlives_its_run(fails: bool) -> None:
    graph = chain(1, Fail) if fails else chain(1)
    graph.start(threads=2, trace=Tracer(Kept()))
    graph.add_packet("in", 7, 7)
    with suppress(GraphflowError):
        graph.close_inputs()
    with suppress(GraphflowError):
        graph.wait_until_done()
    assert graph.current_run.has_failed == fails
    assert "graphflow-trace" not in {each.name for each in threading.enumerate()}


def test_a_story_and_a_trace_of_one_run_are_refused() -> None:
    with pytest.raises(UsageError, match="not both"):
        chain(1).start(records=True, trace=Tracer())


def test_the_profile_adds_up_what_the_calls_were() -> None:
    profile, now = Profile(), 0

    class Slow(Pass):
        def process(self, context: Context) -> None:
            nonlocal now
            now += 1000 * (1 + context.timestamp)
            super().process(context)

    graph = make_graph(
        Node("slow", Slow, ["in"], ["s"]), Node("quick", Pass, ["s"], ["out"]), inputs=["in"]
    )
    graph.start(threads=INLINE, trace=Tracer(profile, clock=lambda: now))
    graph.pause()
    for packet in packets(range(3)):
        graph.add_packet("in", packet)
    graph.resume()
    graph.close_inputs()
    graph.wait_until_done()
    slow, quick = profile.nodes
    assert (slow.node, slow.calls, slow.share, slow.dropped) == ("slow", 3, 1.0, 0)
    assert slow.busy_seconds == pytest.approx(6e-6)
    assert slow.busy_max_seconds == pytest.approx(3e-6)
    # The second packet waits for the call of the first, the third for both.
    assert slow.waiting_seconds == pytest.approx(1e-6 + 3e-6)
    assert (quick.calls, quick.busy_seconds) == (3, 0.0)


# ---- whatever the graph -------------------------------------------------------------------------

QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def run_random(random: RandomGraph, seed: int) -> tuple[Graph, Kept]:
    graph, kept, clock = random.make(), Kept(), count()
    for stream in random.streams:
        graph.observe(stream, lambda packet: None)
    driver = partial(SimulationDriver, seed=seed, workers=1 + seed % 4)
    with suppress(GraphflowError):
        graph.start_with(driver, late=Late.DROP, trace=Tracer(kept, clock=lambda: next(clock)))
        for name, fed in random.feeds.items():
            for packet in fed:
                graph.add_packet(name, packet)
    with suppress(GraphflowError):
        graph.close_inputs()
        graph.wait_until_done()
    return graph, kept


@settings(QUICK, max_examples=25)
@given(random=graphs(is_unruly=True), seed=some.integers(0, 1000))
def test_the_trace_agrees_with_the_ledger(random: RandomGraph, seed: int) -> None:
    graph, kept = run_random(random, seed)
    assert kept.ends == 1
    nodes, streams = kept.plan.nodes, kept.plan.streams
    consumed, lost = Counter[Any](), Counter[Any]()
    for call in kept.of(TracedCall):
        assert call.ready_ns <= call.began_ns <= call.ended_ns
        for each in call.inputs:
            consumed[nodes[call.node].name, streams[each.stream].name] += 1
    for each in kept.of(Lost):
        if each.port >= 0:
            lost[nodes[each.node].name, streams[each.stream].name, each.reason] += each.amount
    expected, losses = Counter[Any](), Counter[Any]()
    for entry in graph.ledger().entries:
        expected[entry.node, entry.stream] += entry.consumed
        for loss in entry.losses:
            losses[loss.node, loss.stream, loss.reason] += loss.count
    assert +consumed == +expected
    assert +lost == +losses


@settings(QUICK, max_examples=15)
@given(random=graphs(is_unruly=True), seed=some.integers(0, 1000))
def test_what_came_in_and_went_out_leaves_every_queue_empty(random: RandomGraph, seed: int) -> None:
    graph, kept = run_random(random, seed)
    highest, last = Counter[int](), dict[int, tuple[int, ...]]()
    for each in kept.of(Lengths):
        assert each.lengths != last.get(each.node)
        assert min(each.lengths) >= 0
        last[each.node] = each.lengths
        highest[each.node] = max(highest[each.node], *each.lengths)
    assert all(not any(lengths) for lengths in last.values())
    delivered = Counter[str]()
    for entry in graph.ledger().entries:
        delivered[entry.node] = max(delivered[entry.node], entry.delivered)
    assert all(
        highest[node] <= delivered[kept.plan.nodes[node].name] for node in highest.elements()
    )


@settings(QUICK, max_examples=15)
@given(random=graphs(is_unruly=True), seed=some.integers(0, 1000))
def test_every_packet_leads_back_to_a_call_that_ended_before(
    random: RandomGraph, seed: int
) -> None:
    _, kept = run_random(random, seed)
    calls = {call.number: call for call in kept.of(TracedCall)}
    for call in calls.values():
        for each in call.inputs:
            if each.producer != APPLICATION:
                producer = calls[each.producer]
                assert producer.thread == each.thread
                assert producer.ended_ns <= each.arrived_ns <= call.began_ns
