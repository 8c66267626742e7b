"""B. Timestamp bounds and bound propagation."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.testing.simulation import explore
from graphflow.words.timestamp import MIN, PRESTREAM, UNSTARTED
from tests.conformance.kit import (
    ANY_IN,
    ANY_OUT,
    load,
    nodes,
    started,
    times,
    values,
    watch,
)


@nodes.register
class Valve(Calculator[NoOptions]):
    """Forwards when the gate is true, and else says that nothing comes at this time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet, is_open = context.inputs[0].packet, context.inputs[1].get(False)
        if packet is not None and is_open:
            context.outputs[0].add(packet)
        else:
            context.outputs[0].advance(context.timestamp + 1)


@nodes.register
class OnlyEven(Calculator[NoOptions]):
    """Forwards even values; odd ones only move the bound."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        packet = context.inputs[0].packet
        assert packet is not None
        if packet.value % 2 == 0:
            context.outputs[0].add(packet)
        else:
            context.outputs[0].advance(context.timestamp + 1)


@nodes.register
class ThreeLater(Calculator[NoOptions]):
    """Each packet three microseconds later."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=3)

    def process(self, context: Context) -> None:
        packet = context.inputs[0].packet
        assert packet is not None
        context.outputs[0].add(packet.at(context.timestamp + 3))


@nodes.register
class Relay(Calculator[NoOptions]):
    """Relays packets and bounds of each input by itself."""

    contract = Contract(
        inputs=ANY_IN,
        outputs=ANY_OUT,
        timestamp_offset=None,
        process_timestamps=True,
        input_policy=ImmediatePolicy(),
    )

    def process(self, context: Context) -> None:
        for given, output in zip(context.inputs, context.outputs, strict=True):
            if given.packet is not None:
                output.add(given.packet)
            if given.settled >= MIN:
                output.advance(given.settled + 1)


@nodes.register
class OddBounds(Calculator[NoOptions]):
    """Settles every other time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        if context.timestamp % 2:
            context.outputs[0].advance(context.timestamp + 1)


def test_037_a_block_signalled_by_a_bound_does_not_stall_a_join() -> None:
    graph = load("""
        input_stream: [in, gate]
        node:
          - {calculator: Valve, input_stream: [in, gate], output_stream: [gated]}
          - {calculator: Pass, input_stream: [gated], output_stream: [passed]}
          - {calculator: Pass, input_stream: [passed], output_stream: [shifted]}
          - {calculator: Join, input_stream: [in, shifted], output_stream: [merged]}
          - {calculator: Pass, input_stream: [merged], output_stream: [out]}
        """)
    seen, gated = watch(graph), watch(graph, "gated")
    started(graph)
    for time, is_open in enumerate([True, True, False, False], start=1):
        graph.add_packet("in", time, time)
        graph.add_packet("gate", is_open, time)
        assert len(seen) == time
    assert times(gated) == [1, 2]
    for time, is_open in [(5, True), (6, False)]:
        graph.add_packet("in", time, time)
        graph.add_packet("gate", is_open, time)
    assert values(seen) == [(1, 1), (2, 2), (3, None), (4, None), (5, 5), (6, None)]


def test_039_equal_bounds_with_one_packet_missing_are_not_ready() -> None:
    graph = load("""
        input_stream: [in0, in1]
        node:
          - {calculator: OnlyEven, input_stream: [in1], output_stream: [even]}
          - {calculator: Add, input_stream: [in0, even], output_stream: [out]}
        """)
    seen = watch(graph)
    started(graph)
    graph.add_packet("in0", 1, 1)
    graph.add_packet("in1", 2, 1)
    assert values(seen) == [3]
    graph.add_packet("in1", 3, 2)
    graph.add_packet("in0", 3, 3)
    assert values(seen) == [3]
    graph.add_packet("in1", 4, 3)
    assert values(seen) == [3, 7]


def test_041_a_node_that_collects_a_batch_hands_no_later_bound_on() -> None:
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: OnlyEven, input_stream: [in], output_stream: [even]}
          - calculator: Pass
            input_stream: [even]
            output_stream: [out]
            input_stream_handler:
              {input_stream_handler: DefaultInputStreamHandler, options: {batch_size: 10}}
        output_stream: [out]
        """)
    feeds = {"in": [Packet(time, time) for time in range(100)]}
    run = explore(graph, feeds, seeds=range(30))
    assert run.error is None
    assert run.timestamps("out") == list(range(0, 100, 2))


def test_043_the_offset_applies_even_when_process_emits_nothing() -> None:
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: OffsetOnly, input_stream: [in], output_stream: [bounds]}
          - {calculator: Pass, input_stream: [bounds, in], output_stream: [x, out]}
        """)
    seen = watch(graph)
    started(graph)
    for time in range(4):
        graph.add_packet("in", time, time)
    assert times(seen) == [0, 1, 2, 3]


def test_045_a_fixed_size_node_says_nothing_of_drops_until_its_next_call() -> None:
    @nodes.register
    class Feeding(Calculator[NoOptions]):
        """While it is called for the first packet, three more come."""

        contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

        def process(self, context: Context) -> None:
            if context.timestamp == 0:
                for time in (1, 2, 3):
                    graph.add_packet("in", time, time)
                found.append(graph.bound("thinned"))
            context.outputs[0].emit(context.inputs[0].value)

    found: list[int] = []
    graph = load("""
        input_stream: [in]
        node:
          - calculator: Feeding
            input_stream: [in]
            output_stream: [thinned]
            input_stream_handler: {input_stream_handler: FixedSizeInputStreamHandler}
          - {calculator: Pass, input_stream: [thinned, in], output_stream: [x, out]}
        """)
    seen, thinned = watch(graph), watch(graph, "thinned")
    started(graph)
    graph.add_packet("in", 0, 0)
    assert found == [PRESTREAM]
    assert (times(thinned), times(seen)) == ([0, 3], [0, 1, 2, 3])


@pytest.mark.parametrize(
    "handler",
    [
        "{}",
        "{input_stream_handler: ImmediateInputStreamHandler}",
        "{input_stream_handler: SyncSetInputStreamHandler,"
        ' options: {sync_set: [{tag_index: [":0", ":1"]}]}}',
        "{input_stream_handler: SyncSetInputStreamHandler,"
        ' options: {sync_set: [{tag_index: ":0"}]}}',
    ],
)
def test_047_an_absent_input_still_reports_its_bound(handler: str) -> None:
    graph = load(f"""
        input_stream: [in]
        output_stream: [out]
        node:
          - {{calculator: ThreeLater, input_stream: [in], output_stream: [later]}}
          - {{calculator: OffsetOnly, input_stream: [later], output_stream: [bounds]}}
          - calculator: Calls
            input_stream: [in, bounds]
            output_stream: [out]
            input_stream_handler: {handler}
        """)
    seen = watch(graph)
    started(graph)
    for time in (0, 10, 20, 30):
        graph.add_packet("in", time, time)
    calls = values(seen)
    assert [time for time, _, _ in calls] == [0, 10, 20, 30]
    before = UNSTARTED
    for time, _, (_, settled) in calls:
        assert before <= settled <= time + 3
        before = settled


def test_049_streams_of_an_immediate_node_settle_independently() -> None:
    graph = load("""
        input_stream: [a, b]
        node:
          - {calculator: Relay, input_stream: [a, b], output_stream: [a1, b1]}
          - {calculator: Settled, input_stream: [a1], output_stream: [a2]}
          - {calculator: Settled, input_stream: [b1], output_stream: [b2]}
        """)
    a, b = watch(graph, "a2"), watch(graph, "b2")
    started(graph)
    for time in (0, 10, 20, 30):
        graph.add_packet("a", time, time)
    assert (times(a), times(b)) == ([0, 10, 20, 30], [])
    # MediaPipe's test sets bounds of t + 1 to have t settled.
    for time in (10, 20):
        graph.advance("b", time + 1)
    assert (times(a), times(b)) == ([0, 10, 20, 30], [10, 20])


def test_051_parallel_calls_never_lower_the_output_bound() -> None:
    graph = load("""
        input_stream: [in]
        output_stream: [out]
        node:
          - {calculator: OddBounds, input_stream: [in], output_stream: [out], max_in_flight: 5}
        """)
    feeds = {"in": [Packet(time, time) for time in range(9)]}
    run = explore(graph, feeds, seeds=range(50), workers=5)
    assert (run.error, run.packets["out"]) == (None, [])


def test_053_what_is_settled_without_a_packet_is_a_bound() -> None:
    graph = load("""
        input_stream: [in]
        node:
          - {calculator: OffsetOnly, input_stream: [in], output_stream: [bounds]}
          - {calculator: Settled, input_stream: [bounds], output_stream: [out]}
        """)
    seen = watch(graph)
    started(graph)
    for time in range(10, 100, 10):
        graph.add_packet("in", time, time)
    assert seen == [(time, None) for time in range(10, 100, 10)]


def test_055_a_rare_stream_beside_a_frequent_one_seen_with_bounds() -> None:
    graph = load("""
        input_stream: [frame, config]
        node:
          - {calculator: Pass, input_stream: [frame, config], output_stream: [frames, configs]}
        """)
    frames = watch(graph, "frames", sees_bounds=True)
    configs = watch(graph, "configs", sees_bounds=True)
    started(graph)
    graph.add_packet("frame", "f", 0)
    graph.advance("config", 10_000)
    graph.add_packet("frame", "f", 20_000)
    graph.advance("config", 30_000)
    graph.add_packet("frame", "f", 40_000)
    graph.add_packet("config", "c", 50_000)
    graph.add_packet("frame", "f", 60_000)
    graph.advance("config", 70_000)
    settled = [0, 9_999, 20_000, 29_999, 40_000, 50_000, 60_000]
    assert frames == [
        (time, "f" if time in (0, 20_000, 40_000, 60_000) else None) for time in settled
    ]
    assert configs == [(time, "c" if time == 50_000 else None) for time in settled]
