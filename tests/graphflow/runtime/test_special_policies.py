"""When nodes run and on what, by the rarer input policies. Numbers are MediaPipe's behaviours."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.graph import INLINE, Graph
from graphflow.nodes.input_policy import (
    BarrierPolicy,
    DefaultPolicy,
    EarlyClosePolicy,
    InputPolicy,
    MuxPolicy,
    TimestampAlignPolicy,
)
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore, simulate
from graphflow.words.errors import CalculatorError
from graphflow.words.timestamp import DONE, MIN, POSTSTREAM, PRESTREAM
from tests.graphflow.engine_kit import (
    ANY_PORTS,
    Calls,
    Count,
    Join,
    Machine,
    Node,
    Pass,
    make_graph,
    make_plan,
    packet_of,
    packets,
)

SEEDS = range(60)


class Watched:
    """A node whose calls are noted, stepped inline."""

    def __init__(self, policy: InputPolicy, inputs: str = "ab", **changes: Any) -> None:
        node = Node("n", Calls, list(inputs), ["out"], policy=policy, changes=changes)
        self.graph: Graph = make_graph(node, inputs=list(inputs), outputs=["out"])
        self.seen: list[tuple[int, tuple[Any, ...], tuple[int, ...]]] = []
        self.graph.observe("out", lambda packet: self.seen.append(packet.value))
        self.graph.start(threads=INLINE)

    def add(self, stream: str, time: int, value: Any = None) -> None:
        self.graph.add_packet(stream, time if value is None else value, time)

    def calls(self) -> list[tuple[int, tuple[Any, ...]]]:
        """Return, and forget, the calls so far: time and values."""
        found = [(time, values) for time, values, _ in self.seen]
        self.seen.clear()
        return found

    def finish(self) -> list[tuple[int, tuple[Any, ...]]]:
        """Close all, and return the calls that this brought."""
        self.graph.close_inputs()
        self.graph.wait_until_done()
        return self.calls()


# ---- batches ----------------------------------------------------------------------------------


def test_batches_group_calls() -> None:  # 81
    node = Watched(DefaultPolicy(batch_size=2), "a")
    counts = []
    for time in (1, 2, 3, 4, 5):
        node.add("a", time)
        counts.append(len(node.seen))
    assert counts == [0, 2, 2, 4, 4]
    node.calls()
    assert node.finish() == [(5, (5,))]


def test_a_batch_counts_times_that_are_settled_at_all_inputs() -> None:
    node = Watched(DefaultPolicy(batch_size=3))
    for time in (1, 2, 3):
        node.add("a", time)
    node.add("b", 2)
    assert node.calls() == []
    node.graph.advance("b", 4)
    assert node.calls() == [(1, (1, None)), (2, (2, 2)), (3, (3, None))]


def test_while_a_batch_is_collected_only_its_first_time_is_handed_on() -> None:  # 83
    graph = make_graph(
        Node("batch", Pass, ["in1"], ["b"], policy=DefaultPolicy(batch_size=3)),
        Node("join", Join, ["in0", "b"], ["out"]),
        inputs=["in0", "in1"],
        outputs=["out"],
    )
    got: list[int] = []
    graph.observe("out", lambda packet: got.append(packet.timestamp))
    graph.start(threads=INLINE)
    graph.add_packet("in0", 0, 0)
    assert got == []
    for time, expected in ((1, [0]), (2, [0]), (3, [0, 1, 2, 3])):
        graph.add_packet("in0", time, time)
        graph.add_packet("in1", time, time)
        assert got == expected
    graph.close_inputs()
    graph.wait_until_done()


@pytest.mark.parametrize("limit", [1, 100])
def test_batches_change_no_result(limit: int) -> None:  # 41
    graph = make_graph(
        Node("source", Count, [], ["n", "tenth"], options={"count": 23}),
        Node("batch", Join, ["n", "tenth"], ["joined"], policy=DefaultPolicy(batch_size=10)),
        Node("end", Pass, ["joined"], ["out"]),
        outputs=["out"],
        limit=limit,
    )
    run = explore(graph, seeds=SEEDS)
    assert run.values("out") == [(i, i if i % 10 == 9 else None) for i in range(23)]


def test_what_is_collected_for_a_batch_holds_nobody_back() -> None:
    node = Node("n", Pass, ["a"], ["out"], policy=DefaultPolicy(batch_size=4))
    made = Machine(make_plan(node, inputs=["a"], limit=1))
    made.open_all()
    stream = made.scheduler.inputs["a"]
    for time in range(3):
        made.add("a", time)
        assert not made.scheduler.is_full(stream)
    made.add("a", 3)
    assert made.scheduler.is_full(stream)
    made.take()
    assert not made.scheduler.is_full(stream)


# ---- barrier ----------------------------------------------------------------------------------


def test_a_barrier_joins_by_order_of_arrival() -> None:
    node = Watched(BarrierPolicy())
    for stream, time in (("a", 10), ("a", 20), ("b", 3), ("b", 30)):
        node.add(stream, time)
    assert node.seen[0] == (3, (10, 3), (10, 3))
    assert node.calls() == [(3, (10, 3)), (20, (20, 30))]


def test_a_barrier_hands_on_the_lowest_time_still_possible() -> None:
    made = Machine(
        make_plan(Node("n", Join, ["a", "b"], ["out"], policy=BarrierPolicy()), inputs=["a", "b"])
    )
    made.open_all()
    made.advance("a", 5)
    made.add("b", 9)
    assert made.bounds()["out"] == 5
    made.advance("a", 50)
    assert made.bounds()["out"] == 9


def test_a_barrier_ends_with_its_first_input() -> None:
    node = Watched(BarrierPolicy())
    for time in (1, 2):
        node.add("a", time)
    node.add("b", 1)
    node.graph.close_input("b")
    assert node.graph.bound("out") == DONE
    assert node.calls() == [(1, (1, 1))]
    assert node.finish() == []


class Multiply(Calculator[NoOptions]):
    """The product of the inputs."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.inputs[0].value * context.inputs[1].value)


class Deal(Calculator[NoOptions]):
    """Each packet to another output, in turn."""

    contract = Contract(**ANY_PORTS)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        context.outputs[self.count % len(context.outputs)].add(packet_of(context.inputs[0]))
        self.count += 1


class Sum(Calculator[NoOptions]):
    """The sum of the inputs."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(sum(each.value for each in context.inputs))


def test_a_barrier_makes_a_dot_product() -> None:  # 125
    barrier = BarrierPolicy()
    graph = make_graph(
        Node("deal_x", Deal, ["x"], ["x0", "x1", "x2"]),
        Node("deal_y", Deal, ["y"], ["y0", "y1", "y2"]),
        *(Node(f"m{i}", Multiply, [f"x{i}", f"y{i}"], [f"p{i}"], policy=barrier) for i in range(3)),
        Node("sum", Sum, ["p0", "p1", "p2"], ["out"], policy=barrier),
        inputs=["x", "y"],
        outputs=["out"],
    )
    feeds = {"x": packets(range(15)), "y": [Packet(i, 2 * i) for i in range(1, 16)]}
    run = explore(graph, feeds, seeds=SEEDS)
    assert run.values("out") == [8, 62, 170, 332, 548]


class DelayUntimed(Calculator[NoOptions]):
    """The packet before, starting with 0; without regard to times."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        context.outputs[0].add(Packet(0, MIN))

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(context.inputs[0].value, context.timestamp + 1))


def test_a_loop_of_barriers_needs_no_times_and_ends() -> None:  # 123
    barrier = BarrierPolicy()
    graph = make_graph(
        Node("adder", Sum, ["in", "old"], ["sum"], policy=barrier, back=["old"]),
        Node("delay", DelayUntimed, ["sum"], ["old"], policy=barrier),
        inputs=["in"],
        outputs=["sum"],
    )
    run = explore(graph, {"in": [Packet(i, 10 * i) for i in range(1, 6)]}, seeds=SEEDS)
    assert run.error is None
    assert run.values("sum") == [1, 3, 6, 10, 15]


# ---- early close ------------------------------------------------------------------------------


def test_early_close_ends_with_the_first_input() -> None:
    node = Watched(EarlyClosePolicy())
    node.add("a", 1)
    node.add("b", 1)
    node.add("a", 2)
    assert node.calls() == [(1, (1, 1))]
    node.graph.close_input("b")
    assert node.graph.bound("out") == DONE
    node.add("a", 3)
    assert node.finish() == []


def test_early_close_processes_what_was_ready() -> None:
    made = Machine(
        make_plan(Node("n", Join, ["a", "b"], ["out"], policy=EarlyClosePolicy()), inputs="ab")
    )
    made.open_all()
    made.add("a", 1)
    made.advance("b", 2)
    made.close_input(made.scheduler.inputs["b"])
    call = made.take()
    assert (call.step.value, call.timestamp) == ("process", 1)
    made.finish(call)
    assert made.take().step.value == "close"


class DelayByOne(DelayUntimed):
    """The packet before at each time, counted from 0."""

    def open(self, context: Context) -> None:
        context.outputs[0].add(Packet(0, 0))


def test_a_loop_ends_by_early_close_when_its_input_does() -> None:
    graph = make_graph(
        Node("adder", Sum, ["in", "old"], ["sum"], policy=EarlyClosePolicy(), back=["old"]),
        Node("delay", DelayByOne, ["sum"], ["old"]),
        inputs=["in"],
        outputs=["sum"],
    )
    run = explore(graph, {"in": packets(range(5))}, seeds=SEEDS)
    assert run.error is None
    assert run.values("sum") == [0, 1, 3, 6, 10]


# ---- aligned clocks ---------------------------------------------------------------------------


def test_the_base_passes_alone_until_every_input_has_come() -> None:
    node = Watched(TimestampAlignPolicy(timestamp_base_tag_index=":1"), base_input=1)
    node.add("b", 100)
    assert node.seen == [(100, (None, 100), (100, 100))]
    node.calls()
    node.add("a", 7)
    assert node.calls() == []
    node.add("b", 110)
    assert node.calls() == [(110, (7, 110))]
    node.add("a", 9)
    assert node.calls() == []
    node.graph.advance("b", 113)
    assert node.calls() == [(112, (9, None))]
    assert node.finish() == []


def test_streams_of_different_rates_are_aligned() -> None:  # 105
    node = Watched(TimestampAlignPolicy(), base_input=0)
    node.add("b", 0)
    node.add("a", 100_000_000)
    for time in (500_000, 1_000_000):
        node.add("b", time)
    node.add("a", 101_000_000)
    assert [time for time, _ in node.calls()] == [100_000_000, 100_500_000, 101_000_000]


def test_shifted_packets_bear_the_time_of_the_call() -> None:
    made = Machine(
        make_plan(
            Node("n", Join, ["a", "b"], ["out"], policy=TimestampAlignPolicy()), inputs=["a", "b"]
        )
    )
    made.open_all()
    made.add("b", 3)
    made.add("a", 10)
    call = made.take()
    assert [packet_of(port).timestamp for port in call.inputs] == [10, 10]
    made.finish(call)
    assert made.bounds()["out"] == 11
    made.advance("b", 9)
    made.advance("a", 15)
    assert made.bounds()["out"] == 15
    made.advance("a", 30)
    assert made.bounds()["out"] == 16


def test_an_aligned_node_ends_with_its_inputs_or_before_alignment_with_the_base() -> None:
    node = Watched(TimestampAlignPolicy(), base_input=0)
    node.add("b", 5)
    node.graph.close_input("a")
    assert node.graph.bound("out") == DONE
    assert node.finish() == []


def test_a_header_counts_as_of_the_moment_of_the_first_base_packet() -> None:
    node = Watched(TimestampAlignPolicy(), base_input=0)
    node.add("b", PRESTREAM)
    node.add("a", 10)
    assert node.calls() == [(10, (10, PRESTREAM))]
    assert node.finish() == []


# ---- multiplexer ------------------------------------------------------------------------------


def test_the_control_input_chooses_which_input_is_waited_for() -> None:
    node = Watched(MuxPolicy(), "abc")
    node.add("c", 1, value=1)
    node.add("a", 1)
    assert node.calls() == []
    node.add("b", 1)
    assert node.calls() == [(1, (None, 1, 1))]


def test_what_is_not_chosen_is_dropped() -> None:
    node = Watched(MuxPolicy(), "abc")
    for time in (1, 2, 3):
        node.add("a", time)
    node.add("c", 2, value=0)
    assert node.calls() == [(2, (2, None, 0))]
    node.add("c", 5, value=1)
    node.add("b", 4)
    node.graph.advance("b", 6)
    assert node.calls() == [(5, (None, None, 1))]


def test_the_control_input_is_the_last_by_tag_and_index() -> None:
    node = Node("n", Calls, ["SELECT:s", "INPUT:a", "INPUT:b"], ["out"], policy=MuxPolicy())
    graph = make_graph(node, inputs=["s", "a", "b"], outputs=["out"])
    run = simulate(graph, {"s": [Packet(1, 0)], "a": [Packet("A", 0)], "b": [Packet("B", 0)]})
    assert [value[:2] for value in run.values("out")] == [(0, (1, None, "B"))]


def test_data_older_than_the_control_bound_is_dropped_as_it_comes() -> None:
    made = Machine(
        make_plan(Node("n", Calls, ["a", "b"], ["out"], policy=MuxPolicy()), inputs="ab", limit=1)
    )
    made.open_all()
    made.advance("b", 100)
    for time in (5, 50):
        made.add("a", time)
    queue = made.scheduler.nodes[0].queues[0]
    assert (len(queue.packets), queue.dropped) == (0, 2)
    assert not made.scheduler.is_full(made.scheduler.inputs["a"])


def test_a_choice_at_the_end_of_the_stream_is_settled_by_the_end() -> None:
    node = Watched(MuxPolicy())
    node.add("b", POSTSTREAM, value=0)
    assert node.calls() == []
    node.graph.close_input("a")
    assert node.calls() == [(POSTSTREAM, (None, 0))]


def test_a_mux_settles_times_by_its_control_input() -> None:  # 99
    made = Machine(
        make_plan(Node("n", Pass, ["a", "b"], ["x", "y"], policy=MuxPolicy()), inputs="ab")
    )
    made.open_all()
    made.advance("b", 7)
    assert made.bounds()["x"] == 7
    made.close_input(made.scheduler.inputs["b"])
    assert made.take().step.value == "close"


@pytest.mark.parametrize("value", [2, -1, "one", None])
def test_a_choice_of_no_input_fails_the_run(value: object) -> None:
    graph = make_graph(
        Node("n", Join, ["a", "b", "c"], ["out"], policy=MuxPolicy()), inputs="abc", outputs=["out"]
    )
    run = simulate(graph, {"c": [Packet(value, 1)]})
    assert isinstance(run.error, CalculatorError)
    assert f"found {value!r}; expected the number of an input, 0 to 1" in str(run.error)


def test_if_then_else_gives_one_result_in_every_order() -> None:  # 115
    graph = make_graph(
        Node("left", Pass, ["in"], ["left"]),
        Node("through", Pass, ["left"], ["through"]),
        Node("right", Join, ["in"], ["right"]),
        Node("mux", Join, ["through", "right", "select"], ["out"], policy=MuxPolicy()),
        inputs=["in", "select"],
        outputs=["out"],
        limit=2,
    )
    choices = [0, 1, 0, 0, 1, 0, 1, 1, 1, 0]
    feeds = {"in": packets(range(10)), "select": [Packet(c, t) for t, c in enumerate(choices)]}
    run = explore(graph, feeds, seeds=SEEDS)
    assert run.values("out") == [
        (None, (time,), 1) if choice else (time, None, 0) for time, choice in enumerate(choices)
    ]
