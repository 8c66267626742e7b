"""Bounds, beyond the numbered list: how they travel where no packet does."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Packet
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import MAX, POSTSTREAM
from tests.conformance.kit import ANY_IN, ANY_OUT, finish, load, nodes, started, times, watch


@nodes.register
class OwnBound(Calculator[NoOptions]):
    """Emits nothing; says itself how far it is settled."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        context.outputs[0].advance(context.timestamp + 1)


@nodes.register
class Later3(Calculator[NoOptions]):
    """Passes each packet 3 µs later."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet(context.inputs[0].value, context.timestamp + 3))


@nodes.register
class SettledTimes(Calculator[NoOptions]):
    """A packet at each time up to which its input is settled."""

    contract = Contract(
        inputs=ANY_IN,
        outputs=ANY_OUT,
        timestamp_offset=None,
        process_timestamps=True,
        input_policy=ImmediatePolicy(),
    )

    def process(self, context: Context) -> None:
        given, output = context.inputs[0], context.outputs[0]
        time = given.settled if given.packet is None else given.packet.timestamp
        if time == context.timestamp >= output.bound:
            output.add(Packet(time, time))


@nodes.register
class LastOnly(Calculator[NoOptions]):
    """Emits the last packet, when it knows that it was the last."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT, timestamp_offset=None)

    def process(self, context: Context) -> None:
        self.last = context.inputs[0].packet
        context.outputs[0].advance(context.timestamp)

    def close(self, context: Context) -> None:
        assert self.last is not None
        context.outputs[0].add(self.last)


@nodes.register
class FarBound(Calculator[NoOptions]):
    """Has an offset, and promises more than that at every other time."""

    contract = Contract(inputs=ANY_IN, outputs=ANY_OUT)

    def process(self, context: Context) -> None:
        if context.timestamp % 20 == 0:
            context.outputs[0].advance(10_000)


def test_an_immediate_node_with_an_offset_hands_bounds_on() -> None:
    graph = load(
        """
        input_stream: [in]
        node:
          - {calculator: OwnBound, input_stream: [in], output_stream: [bounds]}
          - calculator: PassThroughCalculator
            input_stream: [bounds]
            output_stream: [bounds_2]
            input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}
          - calculator: PassThroughCalculator
            input_stream: [bounds_2, in]
            output_stream: [bounds_3, out]
        """
    )
    seen = watch(graph)
    started(graph)
    for time in range(4):
        graph.add_packet("in", "frame", time)
    assert times(seen) == [0, 1, 2, 3]
    finish(graph)


@pytest.mark.parametrize(
    "policy",
    [
        "{input_stream_handler: DefaultInputStreamHandler}",
        "{input_stream_handler: ImmediateInputStreamHandler}",
        "{input_stream_handler: SyncSetInputStreamHandler}",
        "{input_stream_handler: SyncSetInputStreamHandler, "
        'options: {sync_set: [{tag_index: [":0"]}]}}',
    ],
)
def test_settled_times_are_processed_under_every_policy(policy: str) -> None:
    graph = load(
        f"""
        input_stream: [in]
        node:
          - {{calculator: Later3, input_stream: [in], output_stream: [later]}}
          - {{calculator: OffsetOnly, input_stream: [later], output_stream: [bounds]}}
          - calculator: SettledTimes
            input_stream: [bounds]
            output_stream: [out]
            input_stream_handler: {policy}
        """
    )
    seen = watch(graph)
    started(graph)
    for time in (0, 10, 20, 30):
        graph.add_packet("in", "frame", time)
    assert times(seen) == [3, 13, 23, 33]
    finish(graph)


def test_bounds_alone_call_nobody_who_did_not_ask_for_them() -> None:
    graph = load(
        """
        input_stream: [in]
        node:
          - {calculator: OffsetOnly, input_stream: [in], output_stream: [bounds]}
          - {calculator: Calls, input_stream: [bounds], output_stream: [out]}
        """
    )
    seen = watch(graph)
    started(graph)
    for time in range(4):
        graph.add_packet("in", "frame", time)
    finish(graph)
    assert seen == []


def test_bounds_of_the_application_are_processed_and_so_is_a_packet_after_the_stream() -> None:
    text = """
        input_stream: [in]
        node: {calculator: SettledTimes, input_stream: [in], output_stream: [out]}
        """
    graph = load(text)
    seen = watch(graph)
    started(graph)
    for time in (10, 20, 30):
        graph.advance("in", time + 1)
    assert times(seen) == [10, 20, 30]
    finish(graph)
    assert times(seen)[3:] == [MAX]

    graph = load(text)
    seen = watch(graph)
    started(graph)
    graph.add_packet("in", "trailer", POSTSTREAM)
    assert times(seen) == [POSTSTREAM]
    finish(graph)


def test_the_last_packet_of_a_stream_can_be_told_from_the_others() -> None:
    graph = load(
        """
        input_stream: [in]
        node:
          - {calculator: PassThroughCalculator, input_stream: [in], output_stream: [same]}
          - {calculator: LastOnly, input_stream: [same], output_stream: [last]}
          - calculator: PassThroughCalculator
            input_stream: [in, last]
            output_stream: [out, last_out]
        """
    )
    seen, last = watch(graph), watch(graph, "last_out")
    started(graph)
    for time in range(4):
        graph.add_packet("in", "frame", time)
        assert (len(seen), last) == (time, [])
    graph.close_inputs()
    graph.wait_until_idle()
    assert (times(seen), times(last)) == ([0, 1, 2, 3], [3])
    graph.wait_until_done()


def test_a_bound_beyond_the_offset_s_counts() -> None:
    graph = load(
        """
        input_stream: [in]
        node: {calculator: FarBound, input_stream: [in], output_stream: [out]}
        """
    )
    started(graph)
    for time in range(10, 100, 10):
        graph.add_packet("in", "frame", time)
    assert graph.bound("out") == 10_000
    finish(graph)
