"""When nodes run and on what, by each input policy. Numbers are those of MediaPipe's behaviours."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import Packet
from graphflow.graph import INLINE, Graph
from graphflow.nodes.input_policy import (
    DefaultPolicy,
    FixedSizePolicy,
    ImmediatePolicy,
    InputPolicy,
    SyncSet,
    SyncSetPolicy,
)
from graphflow.words.timestamp import MAX, MIN, POSTSTREAM, PRESTREAM, UNSTARTED
from tests.graphflow.engine_kit import (
    Burst,
    Calls,
    Join,
    Machine,
    Node,
    Pass,
    make_graph,
    packets,
    sync_sets_of,
)

Seen = list[tuple[int, tuple[Any, ...], tuple[int, ...]]]


class Watched:
    """A node whose calls are noted, stepped inline."""

    def __init__(self, policy: InputPolicy, inputs: str = "ab", **changes: Any) -> None:
        sets = sync_sets_of(policy, len(inputs)) if isinstance(policy, SyncSetPolicy) else ()
        node = Node("n", Calls, list(inputs), ["out"], policy=policy, sync_sets=sets)
        node.changes = changes
        self.graph: Graph = make_graph(node, inputs=list(inputs), outputs=["out"])
        self.seen: Seen = []
        self.graph.observe("out", lambda packet: self.seen.append(packet.value))
        self.graph.start(threads=INLINE)

    def add(self, stream: str, time: int) -> None:
        self.graph.add_packet(stream, time, time)

    def calls(self) -> list[tuple[int, tuple[Any, ...]]]:
        """Return, and forget, the calls so far: time and values."""
        found = [(time, values) for time, values, _ in self.seen]
        self.seen.clear()
        return found

    def times(self) -> list[int]:
        return [time for time, _ in self.calls()]


# ---- default ----------------------------------------------------------------------------------


def test_the_default_joins_at_times_that_are_settled_everywhere() -> None:
    # The example of the specification, section 1.
    node = Watched(DefaultPolicy())
    for time in (1, 3):
        node.add("a", time)
    assert node.calls() == []
    node.add("b", 3)
    assert node.calls() == [(1, (1, None)), (3, (3, 3))]


def test_an_empty_input_settled_exactly_at_the_packet_is_not_waited_for() -> None:
    # 39: a bound equal to the packet's time does not settle it.
    node = Watched(DefaultPolicy())
    node.add("a", 3)
    node.graph.advance("b", 3)
    assert node.calls() == []
    node.graph.advance("b", 4)
    assert node.calls() == [(3, (3, None))]


def test_default_against_immediate() -> None:
    # 287.
    default, immediate = Watched(DefaultPolicy()), Watched(ImmediatePolicy())
    for node in (default, immediate):
        node.add("a", 1)
    assert (default.times(), immediate.times()) == ([], [1])
    default.add("b", 2)
    assert default.times() == [1]


@pytest.mark.parametrize("special", [PRESTREAM, POSTSTREAM, MIN, MAX])
def test_packets_at_special_times_are_processed(special: int) -> None:
    # 281 among others.
    node = Watched(DefaultPolicy(), "a")
    node.add("a", special)
    assert node.times() == [special]


# ---- settled times ----------------------------------------------------------------------------


def test_settled_times_count_with_process_timestamps() -> None:
    node = Watched(DefaultPolicy(), process_timestamps=True)
    node.graph.advance("a", 10)
    assert node.calls() == []
    node.graph.advance("b", 5)
    assert node.calls() == [(4, (None, None))]
    node.add("b", 7)
    assert node.calls() == [(7, (None, 7))]
    node.graph.advance("b", 20)
    assert node.calls() == [(9, (None, None))]
    node.graph.close_inputs()
    node.graph.wait_until_done()
    assert node.times() == [19]


def test_the_end_of_all_inputs_is_no_settled_time() -> None:
    node = Watched(DefaultPolicy(), process_timestamps=True)
    node.graph.close_inputs()
    node.graph.wait_until_done()
    assert node.calls() == []


def test_a_packet_waits_for_the_other_input_although_times_are_settled() -> None:
    node = Watched(DefaultPolicy(), process_timestamps=True)
    node.add("a", 5)
    node.graph.advance("b", 3)
    assert node.times() == [2]
    node.add("b", 5)
    assert node.calls() == [(5, (5, 5))]


# ---- immediate --------------------------------------------------------------------------------


def test_immediate_delivers_the_lowest_time_first_and_equal_ones_together() -> None:
    # 93.
    node = Watched(ImmediatePolicy(), "abc")
    assert not node.calls()
    for stream, time in (("a", 1), ("b", 2), ("c", 3)):
        node.add(stream, time)
    assert node.calls() == [(1, (1, None, None)), (2, (None, 2, None)), (3, (None, None, 3))]


def test_immediate_groups_what_waits_at_one_time_and_shows_how_far_the_rest_is() -> None:
    # 93, second half: three packets that come while the node is busy.
    graph = make_graph(
        Node("n", Calls, ["a", "b", "c"], ["out"], policy=ImmediatePolicy()),
        inputs=["a", "b", "c"],
        outputs=["out"],
    )
    made = Machine(graph.plan)
    made.open_all()
    made.add("a", 1)
    call = made.take()
    assert [port.settled for port in call.inputs] == [1, UNSTARTED, UNSTARTED]
    for stream in "abc":
        made.add(stream, 5)
    made.add("c", 8)
    made.finish(call)
    call = made.take()
    assert (call.timestamp, [not port.is_empty for port in call.inputs]) == (5, [True] * 3)
    made.finish(call)
    call = made.take()
    assert (call.timestamp, [port.settled for port in call.inputs]) == (8, [5, 5, 8])


def test_immediate_calls_once_when_an_input_ends_and_not_for_bounds() -> None:
    # 89.
    node = Watched(ImmediatePolicy(), "abc")
    node.graph.advance("a", 100)
    assert node.calls() == []
    node.graph.close_input("a")
    assert node.calls() == [(MAX, (None, None, None))]
    node.graph.close_input("b")
    assert node.times() == [MAX]
    node.graph.close_input("c")
    node.graph.wait_until_done()
    assert node.times() == [MAX]


def test_immediate_with_settled_times() -> None:
    # 49 and 91.
    node = Watched(ImmediatePolicy(), "abc", process_timestamps=True)
    node.add("b", 1)
    assert node.seen == [(1, (None, 1, None), (UNSTARTED, 1, UNSTARTED))]
    node.seen.clear()
    node.graph.close_input("b")
    assert node.seen == [(MAX, (None, None, None), (UNSTARTED, MAX, UNSTARTED))]
    node.seen.clear()
    node.graph.advance("a", 10)
    assert node.seen == [(9, (None, None, None), (9, MAX, UNSTARTED))]
    node.seen.clear()
    node.graph.close_input("a")
    node.graph.close_input("c")
    node.graph.wait_until_done()
    assert node.times() == [MAX, MAX]


def test_an_immediate_node_closes_after_a_packet_at_the_last_time() -> None:
    node = Watched(ImmediatePolicy(), "a")
    node.add("a", MAX)
    assert node.times() == [MAX]
    node.graph.close_inputs()
    node.graph.wait_until_done()
    assert node.times() == []


# ---- sync sets --------------------------------------------------------------------------------


def sets_of(*listed: tuple[str, ...]) -> SyncSetPolicy:
    return SyncSetPolicy(sync_set=tuple(SyncSet(tag_index=each) for each in listed))


@pytest.mark.parametrize("left_out", [None, 0, 1, 2])
def test_each_sync_set_is_joined_alone(left_out: int | None) -> None:
    # 101 and 103: one set may be left out of the list.
    listed = [(":0", ":2", ":4"), (":1", ":3"), (":5",)]
    policy = sets_of(*(each for number, each in enumerate(listed) if number != left_out))
    node = Watched(policy, "abcdef")
    node.add("a", 0)
    node.add("c", 0)
    assert node.calls() == []
    node.add("e", 0)
    assert node.calls() == [(0, (0, None, 0, None, 0, None))]
    for time in (-300, -200, -100):
        node.add("b", time)
    assert node.calls() == []
    node.add("d", -200)
    assert node.calls() == [
        (-300, (None, -300, None, None, None, None)),
        (-200, (None, -200, None, -200, None, None)),
    ]
    for time in (3, 4):
        node.add("f", time)
    assert node.times() == [3, 4]
    node.add("c", 30)
    node.add("a", 30)
    node.add("a", 40)
    node.add("c", 40)
    node.graph.close_input("a")
    assert node.calls() == []
    node.add("e", 40)
    assert node.calls() == [
        (30, (30, None, 30, None, None, None)),
        (40, (40, None, 40, None, 40, None)),
    ]
    node.graph.close_inputs()
    node.graph.wait_until_done()
    assert node.times() == [-100]


def test_several_ready_sets_take_turns_by_time_and_show_their_own_progress() -> None:
    policy = sets_of((":0",), (":1",))
    graph = make_graph(
        Node("n", Join, ["a", "b"], ["out"], policy=policy, sync_sets=((0,), (1,))),
        inputs=["a", "b"],
        outputs=["out"],
    )
    made = Machine(graph.plan)
    made.open_all()
    made.add("a", 10)
    made.add("b", 5)
    call = made.take()
    assert (call.timestamp, [port.settled for port in call.inputs]) == (5, [9, 5])
    made.finish(call)
    assert made.take().timestamp == 10


def test_sync_sets_promise_downstream_what_all_inputs_promise() -> None:
    policy = sets_of((":0",), (":1",))
    node = Node("n", Join, ["a", "b"], ["out"], policy=policy, sync_sets=((0,), (1,)))
    graph = make_graph(node, inputs=["a", "b"], outputs=["out"])
    graph.start(threads=INLINE)
    graph.advance("a", 50)
    assert graph.bound("out") == PRESTREAM
    graph.advance("b", 20)
    assert graph.bound("out") == 20


def test_sync_sets_with_settled_times() -> None:
    node = Watched(sets_of((":0", ":1"), (":2",)), "abc", process_timestamps=True)
    node.graph.advance("a", 10)
    assert node.times() == []
    node.graph.advance("b", 5)
    assert node.times() == [4]
    node.graph.advance("c", 100)
    assert node.times() == [99]
    node.add("a", 20)
    assert node.times() == []
    node.graph.close_input("b")
    assert node.calls() == [(20, (20, None, None))]
    node.graph.close_inputs()
    node.graph.wait_until_done()
    assert node.calls() == []


# ---- fixed size -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keeps_minimum", "a", "b", "c"),
    [
        (False, [5, 6], [5, 6, 7], [5, 6, 7]),
        (True, [1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7], [4, 5, 6, 7]),
    ],
)
def test_late_streams_lose_truncated_times_too(
    keeps_minimum: bool, a: list[int], b: list[int], c: list[int]
) -> None:
    # 87.
    policy = FixedSizePolicy(
        trigger_queue_size=4, target_queue_size=3, fixed_min_size=keeps_minimum
    )
    node = Watched(policy, "abc")
    for stream, times in (("a", range(1, 7)), ("b", range(3, 8)), ("c", range(4, 8))):
        for time in times:
            node.add(stream, time)
    node.graph.close_inputs()
    node.graph.wait_until_done()
    values = [values for _, values in node.calls()]
    seen = [[each[i] for each in values if each[i] is not None] for i in range(3)]
    assert seen == [a, b, c]


def test_a_burst_as_large_as_the_queue_limit_does_not_hang() -> None:
    # 85.
    graph = make_graph(
        Node("burst", Burst, ["in"], ["three"]),
        Node("thin", Pass, ["three"], ["out"], policy=FixedSizePolicy()),
        inputs=["in"],
        outputs=["out"],
        limit=3,
    )
    got: list[Packet] = []
    graph.observe("out", got.append)
    graph.start(threads=INLINE)
    for packet in packets(range(4)):
        graph.add_packet("in", packet)
    graph.close_inputs()
    graph.wait_until_done()
    assert got[-1].timestamp == 11


def test_what_is_cut_while_the_node_is_ready_or_busy_leaves_a_set_to_take() -> None:
    graph = make_graph(
        Node("n", Join, ["a", "b"], ["out"], policy=FixedSizePolicy()),
        inputs=["a", "b"],
        outputs=["out"],
    )
    made = Machine(graph.plan)
    made.open_all()
    made.add("a", 1)
    made.advance("b", 4)  # ready at 1
    for time in (5, 6):
        made.add("a", time)
    call = made.take()
    # Only 1 is settled in b: everything newer stays, however long the queue.
    assert (call.timestamp, [not port.is_empty for port in call.inputs]) == (1, [True, False])
    made.finish(call)
    queue = made.scheduler.nodes[0].queues[0]
    assert [packet.timestamp for packet in queue.packets] == [6]
    assert queue.dropped == 1
