"""E. Input policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore
from graphflow.words.timestamp import MAX, UNSTARTED
from tests.conformance.kit import (
    ANY_IN,
    ANY_OUT,
    Seen,
    finish,
    load,
    nodes,
    started,
    times,
    values,
    watch,
)

SECOND_US = 1_000_000

GATES = """
    input_stream: [a, b, c, open_a, open_b, open_c, select]
    node:
      - {calculator: GateCalculator, input_stream: [a, "ALLOW:open_a"], output_stream: [a1]}
      - {calculator: GateCalculator, input_stream: [b, "ALLOW:open_b"], output_stream: [b1]}
      - {calculator: GateCalculator, input_stream: [c, "ALLOW:open_c"], output_stream: [c1]}
      - calculator: First
        input_stream: ["INPUT:0:a1", "INPUT:1:b1", "INPUT:2:c1", "SELECT:select"]
        output_stream: [out]
        input_stream_handler: {input_stream_handler: MuxInputStreamHandler}
    """


@nodes.register
class First(Calculator[NoOptions]):
    """The first input that has a packet."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        for given in context.inputs.tagged("INPUT"):
            if given.packet is not None:
                context.outputs[0].add(given.packet)
                return


@nodes.register
class TenAtOnce(Calculator[NoOptions]):
    """A source: ten packets in one call."""

    contract = Contract(outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        for time in range(10):
            context.outputs[0].add(Packet(time, time))
        context.stop()


def one_node(
    handler: str, names: Sequence[str], options: str = "", calculator: str = "Calls"
) -> tuple[Graph, Seen]:
    """A started graph of one node that notes its calls."""
    inputs = ", ".join(names)
    graph = load(f"""
        input_stream: [{inputs}]
        node:
          - calculator: {calculator}
            input_stream: [{inputs}]
            output_stream: [out]
            input_stream_handler:
              {{input_stream_handler: {handler}InputStreamHandler, options: {{{options}}}}}
        """)
    return started_with(graph)


def started_with(graph: Graph) -> tuple[Graph, Seen]:
    seen = watch(graph)
    return started(graph), seen


def calls(seen: Seen) -> list[tuple[int, tuple[Any, ...]]]:
    """Return, and forget, the calls so far: times and values."""
    found = [(time, given) for time, given, _ in values(seen)]
    seen.clear()
    return found


def test_081_a_batch_size_of_2_groups_calls() -> None:
    graph, seen = one_node("Default", ["in"], "batch_size: 2", "Pass")
    counts = []
    for time in (1, 2, 3, 4):
        graph.add_packet("in", time, time)
        counts.append(len(seen))
    assert counts == [0, 2, 2, 4]


def test_083_while_a_batch_is_collected_only_its_first_time_is_handed_on() -> None:
    graph, seen = started_with(
        load("""
            input_stream: [in0, in1]
            node:
              - calculator: Pass
                input_stream: [in1]
                output_stream: [b]
                input_stream_handler: {options: {batch_size: 3}}
              - {calculator: Join, input_stream: [in0, b], output_stream: [out]}
            """)
    )
    graph.add_packet("in0", 0, 0)
    assert seen == []
    counts = []
    for time in (1, 2, 3):
        graph.add_packet("in0", time, time)
        graph.add_packet("in1", time, time)
        counts.append(len(seen))
    assert counts == [1, 1, 4]
    assert values(seen) == [(0, None), (1, 1), (2, 2), (3, 3)]


def test_085_a_burst_as_large_as_the_queue_limit_does_not_hang() -> None:
    graph = load("""
        max_queue_size: 10
        output_stream: [out]
        node:
          - {calculator: TenAtOnce, output_stream: [ten]}
          - calculator: Pass
            input_stream: [ten]
            output_stream: [out]
            input_stream_handler: {input_stream_handler: FixedSizeInputStreamHandler}
        """)
    run = explore(graph, seeds=range(20))
    assert (run.error, run.timestamps("out")[-1]) == (None, 9)


@pytest.mark.parametrize(
    ("keeps_minimum", "expected"),
    [
        ("false", ([5, 6], [5, 6, 7], [5, 6, 7])),
        ("true", ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7], [4, 5, 6, 7])),
    ],
)
def test_087_late_streams_lose_truncated_times_too(
    keeps_minimum: str, expected: tuple[list[int], ...]
) -> None:
    options = f"trigger_queue_size: 4, target_queue_size: 3, fixed_min_size: {keeps_minimum}"
    graph, seen = one_node("FixedSize", ["a", "b", "c"], options)
    for stream, fed in (("a", range(1, 7)), ("b", range(3, 8)), ("c", range(4, 8))):
        for time in fed:
            graph.add_packet(stream, time, time)
    finish(graph)
    given = [each for _, each in calls(seen)]
    assert (
        tuple([each[at] for each in given if each[at] is not None] for at in range(3)) == expected
    )


def test_089_immediate_calls_when_an_input_is_done_and_not_for_bounds() -> None:
    graph, seen = one_node("Immediate", ["a", "b", "c"])
    graph.advance("a", 100)
    assert calls(seen) == []
    graph.close_input("a")
    assert calls(seen) == [(MAX, (None, None, None))]


def test_091_immediate_with_settled_times_calls_once_at_the_end_of_a_stream() -> None:
    graph, seen = one_node("Immediate", ["a", "b", "c"], calculator="SettledCalls")
    graph.add_packet("b", "b", 1)
    assert values(seen) == [(1, (None, "b", None), (UNSTARTED, 1, UNSTARTED))]
    seen.clear()
    graph.close_input("b")
    assert values(seen) == [(MAX, (None, None, None), (UNSTARTED, MAX, UNSTARTED))]
    seen.clear()
    graph.close_input("a")
    graph.close_input("c")
    graph.wait_until_done()
    assert {time for time, _ in calls(seen)} == {MAX}


def test_093_immediate_delivers_the_lowest_time_first_and_groups_equal_ones() -> None:
    @nodes.register
    class FeedingCalls(Calculator[NoOptions]):
        """While it is called for 3, more come on all inputs, out of order."""

        contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

        def open(self, context: Context) -> None:
            self.count = 0

        def process(self, context: Context) -> None:
            if context.timestamp == 3:
                graph.add_packet("b", 8, 8)
                for stream in "ca":
                    graph.add_packet(stream, 5, 5)
                    graph.add_packet(stream, 7, 7)
            given = tuple(each.get() for each in context.inputs)
            settled = tuple(each.settled for each in context.inputs)
            context.outputs[0].add(Packet((context.timestamp, given, settled), self.count))
            self.count += 1

    graph, seen = one_node("Immediate", ["a", "b", "c"], calculator="FeedingCalls")
    for time, stream in enumerate("abc", start=1):
        graph.add_packet(stream, time, time)
    settled = [each for _, _, each in values(seen)]
    assert settled[:3] == [(1, UNSTARTED, UNSTARTED), (1, 2, UNSTARTED), (1, 2, 3)]
    assert calls(seen) == [
        (1, (1, None, None)),
        (2, (None, 2, None)),
        (3, (None, None, 3)),
        (5, (5, None, 5)),
        (7, (7, None, 7)),
        (8, (None, 8, None)),
    ]


def test_095_mux_forwards_the_selected_stream() -> None:
    graph, seen = started_with(load(GATES))
    for time, selected in enumerate((0, 1, 2), start=1):
        for at, stream in enumerate("abc"):
            graph.add_packet(stream, 1000 - 100 * at, time)
            graph.add_packet(f"open_{stream}", at == selected, time)
        graph.add_packet("select", selected, time)
    assert seen == [(1, 1000), (2, 900), (3, 800)]


def test_097_the_mux_waits_for_the_selected_stream_alone() -> None:
    graph, seen = started_with(load(GATES))
    for time, selected in enumerate((0, 1, 2), start=1):
        for at, stream in enumerate("abc"):
            graph.add_packet(stream, 1000 - 100 * at, time)
            graph.add_packet(f"open_{stream}", at != selected, time)
        graph.add_packet("select", selected, time)
    assert seen == []
    # The selected one has no word on time 4: what the others have does not help.
    graph.add_packet("select", 0, 4)
    for stream in "bc":
        graph.add_packet(stream, 1, 4)
        graph.add_packet(f"open_{stream}", True, 4)
    assert (seen, graph.bound("out")) == ([], 4)
    graph.add_packet("a", 7, 4)
    graph.add_packet("open_a", True, 4)
    assert seen == [(4, 7)]


def test_099_a_closed_gate_on_the_selected_branch_advances_the_mux() -> None:
    graph, seen = started_with(load(GATES))
    graph.add_packet("select", 1, 1)
    assert graph.bound("out") == 1
    graph.add_packet("b", 900, 1)
    graph.add_packet("open_b", False, 1)
    assert (seen, graph.bound("out")) == ([], 2)


LISTED = ('[":0", ":2", ":4"]', '[":1", ":3"]', '[":5"]', '[":6"]', '[":7"]')


@pytest.mark.parametrize("left_out", [None, 0, 1, 2])
def test_101_each_sync_set_is_synchronised_alone_and_103_what_is_not_listed_is_a_set(
    left_out: int | None,
) -> None:
    listed = [f"{{tag_index: {each}}}" for at, each in enumerate(LISTED) if at != left_out]
    graph, seen = one_node("SyncSet", [*"abcdefgh"], f"sync_set: [{', '.join(listed)}]")

    def called() -> list[tuple[int, set[str]]]:
        return [
            (time, {name for name, value in zip("abcdefgh", given, strict=True) if value})
            for time, given in calls(seen)
        ]

    def add(stream: str, *given: int) -> None:
        for time in given:
            graph.add_packet(stream, True, time)

    add("a", 0)
    add("c", 0)
    assert called() == []
    add("e", 0)
    assert called() == [(0, {*"ace"})]
    add("b", -300, -200, -100)
    assert called() == []
    add("d", -200)
    assert called() == [(-300, {"b"}), (-200, {*"bd"})]
    add("f", 1, 2)
    assert called() == [(1, {"f"}), (2, {"f"})]
    add("c", 30)
    add("a", 30, 40)
    add("c", 40)
    graph.close_input("a")
    assert called() == []
    add("e", 40)
    assert called() == [(30, {*"ac"}), (40, {*"ace"})]


def test_105_timestamp_align_joins_streams_whose_clocks_differ() -> None:
    graph = load("""
        input_stream: [camera, video]
        node:
          - calculator: PacketClonerCalculator
            input_stream: [camera, video, "TICK:video"]
            output_stream: [camera_out, video_out]
            input_stream_handler:
              input_stream_handler: TimestampAlignInputStreamHandler
              options: {timestamp_base_tag_index: ":0"}
        """)
    seen = watch(graph, "camera_out")
    videos = watch(graph, "video_out")
    started(graph)
    # The camera's packets pass alone until there is one of the video.
    for at in (0, 1, 2):
        graph.add_packet("video", f"video {at}", at * SECOND_US // 2)
    for at in (0, 1):
        graph.add_packet("camera", f"camera {at}", (100 + at) * SECOND_US)
    finish(graph)
    expected = [100 * SECOND_US, 100 * SECOND_US + SECOND_US // 2, 101 * SECOND_US]
    assert times(seen) == times(videos) == expected
    assert values(seen) == ["camera 0", "camera 0", "camera 1"]
    assert values(videos) == ["video 0", "video 1", "video 2"]
