"""The two nodes that hold back edges, each in a real loop."""

from __future__ import annotations

from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from graphflow import Calculator, Context, Contract, Graph, Packet, Port
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry

Seen = dict[str, list[tuple[int, object]]]

LOOPBACK = """
input_stream: [in]
output_stream: [out, previous]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:in", "LOOP:out"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - calculator: PassThroughCalculator
    input_stream: ["in", "PREVIOUS:previous"]
    output_stream: ["out", "PREVIOUS:previous_out"]
"""

GATED_LOOPBACK = """
input_stream: [in, allow]
node:
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:in", "LOOP:tracked"]
    input_stream_info: [{tag_index: LOOP, back_edge: true}]
    output_stream: ["PREV_LOOP:previous"]
  - calculator: PassThroughCalculator
    input_stream: ["in", "PREVIOUS:previous"]
    output_stream: ["out", "PREVIOUS:previous_out"]
  - calculator: GateCalculator
    input_stream: ["out", "ALLOW:allow"]
    output_stream: ["tracked"]
"""

LIMITED = """
input_stream: [frame]
node:
  - calculator: FlowLimiterCalculator
    input_stream: ["frame", "FINISHED:result"]
    input_stream_info: [{tag_index: FINISHED, back_edge: true}]
    output_stream: ["limited", "ALLOW:is_released"]
    options: {max_in_queue: 1}
  - calculator: PassThroughCalculator
    input_stream: ["limited"]
    output_stream: ["result"]
"""


def started(text: str, *streams: str) -> tuple[Graph, Seen]:
    graph = Graph.from_text(text)
    got: Seen = {name: [] for name in streams}

    def watch(name: str) -> None:
        graph.observe(name, lambda packet: got[name].append((packet.timestamp, packet.value)))

    for name in streams:
        watch(name)
    graph.start()
    return graph, got


def test_each_frame_meets_the_result_of_the_one_before_and_is_out_at_idle() -> None:
    graph, got = started(LOOPBACK, "out", "previous")
    expected: list[tuple[int, object]] = []
    times = [1, 2, 5, 15]
    for before, time in zip([None, *times], times, strict=False):
        graph.add_packet("in", time, time)
        graph.wait_until_idle()
        assert got["out"][-1] == (time, time)
        if before is not None:
            expected.append((time, before))
        assert got["previous"] == expected
    graph.close_input("in")
    graph.wait_until_done()


def test_a_loop_that_drops_a_frame_gives_the_next_no_previous_value() -> None:
    graph, got = started(GATED_LOOPBACK, "out", "previous_out")
    for time, is_allowed in ((1, True), (2, False), (3, True), (4, True)):
        graph.add_packet("in", time, time)
        graph.add_packet("allow", is_allowed, time)
    graph.close_input("in")
    graph.close_input("allow")
    graph.wait_until_done()
    assert [time for time, _ in got["out"]] == [1, 2, 3, 4]
    assert got["previous_out"] == [(2, 1), (4, 3)]


def test_a_limited_loop_ends_with_the_newest_frame_and_a_verdict_for_each() -> None:
    graph, got = started(LIMITED, "result", "is_released")
    times = list(range(0, 300, 10))
    for time in times:
        graph.add_packet("frame", time, time)
    graph.close_input("frame")
    graph.wait_until_done()
    assert [time for time, _ in got["is_released"]] == times
    released = [time for time, is_released in got["is_released"] if is_released]
    assert [time for time, _ in got["result"]] == released
    assert released[0] == 0
    assert released[-1] == times[-1]


class ForesightCalculator(Calculator[NoOptions]):
    """Pass packets, and settle the next eight microseconds in the same call."""

    contract = Contract(inputs=(Port(""),), outputs=(Port("", same_as=""),), timestamp_offset=None)

    def process(self, context: Context) -> None:
        time = context.timestamp
        context.outputs[0].add(Packet(context.inputs[0].value, time))
        context.outputs[0].advance(time + 9)


def test_a_main_bound_that_comes_together_with_a_packet_is_not_lost() -> None:
    registry = Registry()
    registry.register(ForesightCalculator)
    registry.register(PreviousLoopbackCalculator)
    text = """
input_stream: [in, loop]
node:
  - calculator: ForesightCalculator
    input_stream: ["in"]
    output_stream: ["main"]
  - calculator: PreviousLoopbackCalculator
    input_stream: ["MAIN:main", "LOOP:loop"]
    output_stream: ["PREV_LOOP:previous"]
"""
    graph = Graph(plan_from_text(text, registry=registry))
    graph.start(threads=0)
    graph.add_packet("in", "first", 1)
    assert graph.bound("previous") == 10
    graph.close_inputs()
    graph.wait_until_done()
