"""Defects that MediaPipe's specification lists from its source: none of them was inherited."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Port
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ConfigError
from graphflow.words.timestamp import DONE, MAX, ONE_OVER_POSTSTREAM, POSTSTREAM
from tests.conformance.kit import finish, load, nodes, started, times, values, watch


@nodes.register
class MakeText(Calculator[NoOptions]):
    """Makes a text, as a stream and as a side packet."""

    contract = Contract(
        outputs=(Port("", str, optional=True),), side_outputs=(Port("", str, optional=True),)
    )

    def process(self, context: Context) -> None:
        """Emit nothing."""
        context.stop()


@nodes.register
class TakeNumber(Calculator[NoOptions]):
    """Takes a number, as a stream or as a side packet."""

    contract = Contract(
        inputs=(Port("", int, optional=True),), side_inputs=(Port("", int, optional=True),)
    )

    def process(self, context: Context) -> None:
        """Do nothing with it."""


def test_types_of_made_side_packets_are_checked() -> None:
    with pytest.raises(ConfigError, match='type mismatch on side packet "made"'):
        load("""
            node:
              - {calculator: MakeText, output_side_packet: [made]}
              - {calculator: TakeNumber, input_side_packet: [made]}
            """)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_types_are_found_whatever_the_order_of_the_nodes(order: tuple[int, ...]) -> None:
    written = [
        "{calculator: MakeText, output_stream: [text]}",
        "{calculator: PassThroughCalculator, input_stream: [text], output_stream: [same]}",
        "{calculator: TakeNumber, input_stream: [same]}",
    ]
    with pytest.raises(ConfigError, match='type mismatch on stream "same"'):
        load("node: [" + ", ".join(written[at] for at in order) + "]")


def test_a_busy_sync_set_does_not_starve_another() -> None:
    graph = load("""
        input_stream: [busy, rare]
        node:
          - calculator: Calls
            input_stream: [busy, rare]
            output_stream: out
            input_stream_handler:
              input_stream_handler: SyncSetInputStreamHandler
              options: {sync_set: [{tag_index: [":0"]}]}
        """)
    seen = watch(graph)
    graph.start(threads=0)
    graph.add_packet("rare", "r", 50)
    for time in range(100):
        graph.add_packet("busy", time, time)
    finish(graph)
    at = [time for time, _, _ in values(seen)]
    assert len(at) == 101
    assert at.index(50) <= 51


@pytest.mark.parametrize("bound", [MAX, POSTSTREAM, ONE_OVER_POSTSTREAM, DONE])
def test_bounds_behind_the_last_time_go_on_through_offsets(bound: int) -> None:
    graph = started(
        load("""
            input_stream: [in]
            node: [{calculator: OffsetOnly, input_stream: [in], output_stream: [out]}]
            """)
    )
    graph.advance("in", bound)
    assert graph.bound("out") == bound
    finish(graph)


def test_a_key_that_would_do_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="output_stream_handler"):
        load("""
            output_stream_handler: {output_stream_handler: InOrderOutputStreamHandler}
            input_stream: [in]
            node: [{calculator: Pass, input_stream: [in], output_stream: [out]}]
            """)


def test_a_policy_of_the_graph_leaves_those_of_contracts_alone() -> None:
    graph = load("""
        input_stream: [a, b]
        input_stream_handler: {input_stream_handler: BarrierInputStreamHandler}
        node:
          - {calculator: ImmediatePass, name: own, input_stream: [a, b], output_stream: [x, y]}
          - {calculator: Pass, name: usual, input_stream: [a, b], output_stream: [u, v]}
        """)
    policies = {node.name: type(node.policy).__name__ for node in graph.plan.nodes}
    assert isinstance(graph.plan.nodes[0].policy, ImmediatePolicy)
    assert policies == {"own": "ImmediatePolicy", "usual": "BarrierPolicy"}


@pytest.mark.parametrize("threads", [0, 2])
def test_waiting_until_idle_holds_with_sources_too(threads: int) -> None:
    graph = load("""
        max_queue_size: 1
        node:
          - {calculator: Count, output_stream: [out], options: {count: 200}}
          - {calculator: Pass, input_stream: [out], output_stream: [passed]}
        """)
    seen = watch(graph, "passed")
    graph.start(threads=threads)
    graph.wait_until_idle()
    assert times(seen) == list(range(200))
    graph.wait_until_done()


def test_a_fault_in_an_option_is_told_by_its_name() -> None:
    with pytest.raises(ConfigError, match='option "count"') as caught:
        load("node: [{calculator: Count, output_stream: [out], options: {count: many}}]")
    assert 'found text "many"' in str(caught.value)


def test_a_selection_newer_than_a_slow_packet_does_not_take_it_away() -> None:
    graph = load("""
        input_stream: [select, frame]
        node:
          - calculator: SwitchDemuxCalculator
            input_stream: ["SELECT:select", "FRAME:frame"]
            output_stream: ["C0__FRAME:zero", "C1__FRAME:one"]
        """)
    zero, one = watch(graph, "zero"), watch(graph, "one")
    started(graph)
    for time, channel in ((0, 0), (10, 1), (20, 0), (30, 1)):
        graph.add_packet("select", channel, time)
    for time in (5, 15, 25, 30):  # all of them come after the last selection
        graph.add_packet("frame", time, time)
    finish(graph)
    assert (times(zero), times(one)) == ([5, 25], [15, 30])
