"""Behaviours of whole graphs that MediaPipe's tests state; numbers are in the comments."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.errors import CalculatorError, GraphStuck
from graphflow.graph import INLINE, Graph
from graphflow.input_policy import FixedSizePolicy, ImmediatePolicy
from graphflow.options import NoOptions
from graphflow.simulation import explore, simulate
from graphflow.timestamp import DONE, MAX, POSTSTREAM, PRESTREAM
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Calls,
    Fail,
    Header,
    ImmediatePass,
    Join,
    Machine,
    Node,
    Pass,
    Settled,
    chain,
    make_graph,
    packets,
)


def observed(graph: Graph, stream: str = "out") -> list[Packet]:
    got: list[Packet] = []
    graph.observe(stream, got.append)
    return got


def started(graph: Graph) -> Graph:
    graph.start(threads=INLINE)
    return graph


class Valve(Calculator[NoOptions]):
    """Forwards when the gate is true, and else says that nothing comes at this time."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet, is_open = context.inputs[0].packet, context.inputs[1].get(False)
        if packet is not None and is_open:
            context.outputs[0].add(packet)
        else:
            context.outputs[0].advance(context.timestamp + 1)


class OffsetOnly(Calculator[NoOptions]):
    """Emits nothing; its offset settles its times."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        pass


class Sum(Calculator[NoOptions]):
    """A summary at the last time: emitted when the input gets there, or in close."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None, process_timestamps=True)

    def open(self, context: Context) -> None:
        self.total, self.is_told = 0, False

    def process(self, context: Context) -> None:
        self.total += context.inputs[0].get(0)
        if context.timestamp >= MAX:
            self.tell(context)

    def close(self, context: Context) -> None:
        if not self.is_told:
            self.tell(context)

    def tell(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.total, MAX))
        self.is_told = True


class EmitsInClose(Calculator[NoOptions]):
    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def process(self, context: Context) -> None:
        pass

    def close(self, context: Context) -> None:
        context.outputs[0].add(Packet(20, 0))
        context.outputs[0].add(Packet(10, 1000))


# ---- B. bounds --------------------------------------------------------------------------------


def test_a_block_signalled_by_a_bound_does_not_stall_a_join() -> None:  # 37
    graph = make_graph(
        Node("valve", Valve, ["in", "gate"], ["gated"]),
        Node("pass", Pass, ["gated"], ["passed"]),
        Node("shift", Pass, ["passed"], ["shifted"]),
        Node("merge", Join, ["in", "shifted"], ["merged"]),
        Node("last", Pass, ["merged"], ["out"]),
        inputs=["in", "gate"],
        outputs=["out"],
    )
    got = observed(graph)
    started(graph)
    for time, is_open in enumerate([True, True, False, False, True, False], start=1):
        graph.add_packet("in", time, time)
        graph.add_packet("gate", is_open, time)
        assert len(got) == time
    assert [values[1] for values in (packet.value for packet in got)] == [1, 2, None, None, 5, None]


def test_an_offset_settles_times_without_packets() -> None:  # 43
    graph = make_graph(
        Node("only", OffsetOnly, ["in"], ["bounds"]),
        Node("pass", Join, ["bounds", "in"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    assert explore(graph, {"in": packets(range(4))}, seeds=range(20)).values("out") == [
        (None, time) for time in range(4)
    ]


def test_a_fixed_size_node_says_nothing_of_drops_until_its_next_call() -> None:  # 45
    graph = make_graph(
        Node("thin", Pass, ["in"], ["thinned"], policy=FixedSizePolicy()),
        Node("pass", Join, ["thinned", "in"], ["out"]),
        inputs=["in"],
    )
    made = Machine(graph.plan)
    made.open_all()
    made.add("in", 0)
    blocked = made.take()
    for time in (1, 2, 3):
        made.add("in", time)
    assert made.bounds()["thinned"] == PRESTREAM
    blocked.outputs[0].emit(0)
    made.finish(blocked)
    assert made.bounds()["thinned"] == 1
    joined = made.take()
    assert joined.timestamp == 0
    made.finish(joined)
    newest = made.take()
    assert (newest.node.plan.name, newest.timestamp) == ("thin", 3)


@pytest.mark.parametrize("policy", [None, ImmediatePolicy()])
def test_an_absent_input_still_shows_how_far_it_is(policy: ImmediatePolicy | None) -> None:  # 47
    graph = make_graph(
        Node("only", OffsetOnly, ["in"], ["bounds"]),
        Node("look", Calls, ["in", "bounds"], ["out"], policy=policy),
        inputs=["in"],
        outputs=["out"],
    )
    for seed in range(50):
        run = simulate(graph, {"in": packets([0, 10, 20, 30])}, seed=seed)
        seen = [(time, settled[1]) for time, _, settled in run.values("out") if time < MAX]
        assert [time for time, _ in seen] == [0, 10, 20, 30]
        before = -MAX
        for _, settled in seen:
            assert before <= settled or settled < -MAX
            before = settled


def test_immediate_inputs_settle_independently() -> None:  # 49
    graph = make_graph(
        Node(
            "pass",
            ImmediateRelay,
            ["a", "b"],
            ["a_out", "b_out"],
            changes={"offset": None, "process_timestamps": True},
        ),
        Node("report a", Settled, ["a_out"], ["a_report"]),
        Node("report b", Settled, ["b_out"], ["b_report"]),
        inputs=["a", "b"],
    )
    a, b = observed(graph, "a_report"), observed(graph, "b_report")
    started(graph)
    for packet in packets([0, 10, 20, 30]):
        graph.add_packet("a", packet)
    assert ([p.timestamp for p in a], b) == ([0, 10, 20, 30], [])
    for bound in (10, 20):
        graph.advance("b", bound)
    assert ([p.timestamp for p in a], [p.timestamp for p in b]) == ([0, 10, 20, 30], [9, 19])


class ImmediateRelay(ImmediatePass):
    """Relays packets, and bounds with them."""

    def process(self, context: Context) -> None:
        super().process(context)
        for given, output in zip(context.inputs, context.outputs, strict=True):
            output.advance(given.settled + 1)


def test_parallel_calls_never_lower_the_output_bound() -> None:  # 51
    class EveryOther(Calculator[NoOptions]):
        contract = Contract(**ANY_PORTS, timestamp_offset=None)

        def process(self, context: Context) -> None:
            if context.timestamp % 2:
                context.outputs[0].advance(context.timestamp + 1)

    graph = make_graph(
        Node("sometimes", EveryOther, ["in"], ["out"], max_in_flight=5),
        inputs=["in"],
        outputs=["out"],
    )
    run = explore(graph, {"in": packets(range(9))}, seeds=range(50), workers=5)
    assert (run.error, run.packets["out"]) == (None, [])


def test_settled_times_become_packets_one_for_each() -> None:  # 53
    graph = make_graph(
        Node("only", OffsetOnly, ["in"], ["bounds"]),
        Node("report", Settled, ["bounds"], ["out"]),
        inputs=["in"],
        outputs=["out"],
    )
    got = observed(graph)
    started(graph)
    for packet in packets(range(10, 100, 10)):
        graph.add_packet("in", packet)
    assert [packet.timestamp for packet in got] == list(range(10, 100, 10))


# ---- C. throttling ----------------------------------------------------------------------------


def test_without_limit_everything_is_accepted() -> None:  # 61
    graph = make_graph(Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], limit=0)
    started(graph)
    for packet in packets(range(500)):
        graph.add_packet("a", packet)
    assert ("grow", "a", 101) not in graph._scheduler.story  # type: ignore[union-attr]


def test_waiting_for_room_loses_nothing() -> None:  # 63
    graph = chain(2, limit=10)
    got = observed(graph)
    graph.start(threads=2)
    for packet in packets(range(20)):
        graph.add_packet("in", packet)
    graph.close_inputs()
    graph.wait_until_done()
    assert len(got) == 20


def test_a_full_queue_that_nobody_can_empty_grows() -> None:  # 67 and 293
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"]), inputs=["a", "b"], outputs=["out"], limit=1
    )
    got = observed(graph)
    started(graph)
    for packet in packets(range(1, 10)):
        graph.add_packet("a", packet)
    assert got == []
    graph.add_packet("b", 1, 30)
    assert [packet.timestamp for packet in got] == list(range(1, 10))


def test_with_report_deadlock_it_is_an_error() -> None:  # 293
    graph = make_graph(
        Node("join", Join, ["a", "b"], ["out"]),
        inputs=["a", "b"],
        limit=1,
        report_deadlock=True,
    )
    run = simulate(graph, {"a": packets(range(3))}, seed=1)
    assert isinstance(run.error, GraphStuck)
    assert 'node "join" can\'t take from stream "a"' in str(run.error)


# ---- D. summaries -----------------------------------------------------------------------------


def summary(*before: Node, source: str = "in") -> Graph:
    return make_graph(*before, Node("sum", Sum, [source], ["out"]), inputs=["in"], outputs=["out"])


@pytest.mark.parametrize(
    ("fed", "total"),
    [([(10, 10), (20, MAX)], 30), ([(10, POSTSTREAM)], 10)],
)
def test_a_packet_at_the_last_time_brings_the_summary(
    fed: list[tuple[int, int]], total: int
) -> None:  # 73 and 75
    graph = summary()
    got = observed(graph)
    started(graph)
    for value, time in fed:
        graph.add_packet("in", value, time)
    assert [(packet.value, packet.timestamp) for packet in got] == [(total, MAX)]
    graph.close_inputs()
    graph.wait_until_done()
    assert len(got) == 1


def test_what_an_upstream_node_emits_in_close_is_still_processed() -> None:  # 77
    graph = summary(Node("late", EmitsInClose, ["in"], ["late"]), source="late")
    run = explore(graph, {"in": packets([5])}, seeds=range(30))
    assert [(p.value, p.timestamp) for p in run.packets["out"]] == [(30, MAX)]


@pytest.mark.parametrize("step", ["open", "process", "close"])
def test_a_failure_upstream_gives_no_summary(step: str) -> None:  # 79
    broken = Node("broken", Fail, ["in"], ["passed"], options={"step": step, "at": 5})
    graph = summary(broken, source="passed")
    for seed in range(30):
        run = simulate(graph, {"in": packets([5])}, seed=seed)
        assert isinstance(run.error, CalculatorError)
        assert run.packets["out"] == []


# ---- headers ----------------------------------------------------------------------------------


def test_a_header_passes_alone_and_reaches_an_observer() -> None:  # 29 and 281
    graph = make_graph(
        Node("header", Header, [], ["header"]),
        Node("pass", Pass, ["header"], ["out"]),
        outputs=["out"],
    )
    run = explore(graph, seeds=range(20))
    assert [(p.value, p.timestamp) for p in run.packets["out"]] == [("header", PRESTREAM)]


def test_post_stream_passes_alone() -> None:  # 281
    graph = chain(2)
    got = observed(graph)
    started(graph)
    graph.add_packet("in", "last", POSTSTREAM)
    assert [packet.timestamp for packet in got] == [POSTSTREAM]
    graph.close_inputs()
    graph.wait_until_done()
    assert graph.bound("out") == DONE
