"""Replaying: nodes give again what they gave, bit for bit, and what differs is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from graphflow import Calculator, Context, Graph
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.recording import (
    Recorder,
    Recording,
    RecordingError,
    ReplayError,
    replay_graph,
    replay_node,
)
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.words.errors import CalculatorError, UsageError
from tests.graphflow.recording import kit

Record = Callable[..., Path]


def record_text(path: Path, text: str, side_packets: Mapping[str, Any], **choices: Any) -> Path:
    """Run a graph with input "number" on 0 to 5, and record it."""
    headers = choices.pop("headers", None)
    graph = Graph(plan_from_text(text, registry=kit.kit_registry()))
    with Recorder(path, graph, **choices):
        graph.start(side_packets, threads=0, headers=headers)
        for number in range(6):
            graph.add_packet("number", number, number)
        graph.close_inputs()
        graph.wait_until_done()
    return path


@pytest.mark.parametrize("threads", [0, 2])
def test_a_graph_replays_bit_for_bit(
    graph: Graph, record: Record, registry: Registry, threads: int
) -> None:
    replay = replay_graph(record(graph, threads=threads), registry=registry)
    assert str(replay).endswith("packets: bit for bit the same")
    assert replay.nodes == 2
    assert replay.packets >= 9
    replay.check()


@pytest.mark.parametrize("node", ["even", "sum"])
def test_a_node_replays_alone(graph: Graph, record: Record, registry: Registry, node: str) -> None:
    replay = replay_node(record(graph), node, registry=registry)
    assert str(replay).startswith("1 node, ")
    assert replay.is_same


class Changed(kit.SumCalculator):
    def process(self, context: Context) -> None:
        super().process(context)
        if context.timestamp == 20:
            self.sum += 1


def with_changed(calculator: type, name: str) -> Registry:
    """Return a registry in which a calculator was changed since it was recorded."""
    own = kit.kit_registry()
    own._classes[name] = calculator
    return own


def test_a_changed_calculator_is_told_with_its_first_difference(
    graph: Graph, record: Record
) -> None:
    path, registry = record(graph), with_changed(Changed, "SumCalculator")
    replay = replay_graph(path, registry=registry)
    assert not replay.is_same
    assert str(replay.differences[0]) == (
        'node "sum" in process at 30 µs: output SUM (stream "sum"): packet at 30: '
        "found {'sum': 105}; expected {'sum': 104}"
    )
    with pytest.raises(ReplayError, match=r"\d differences"):
        replay_node(path, "sum", registry=registry).check()
    assert replay_node(path, "even", registry=registry).is_same


class Silent(Calculator[NoOptions]):
    contract = kit.EvenCalculator.contract

    def process(self, context: Context) -> None:
        pass


def test_missing_packets_are_told_where_they_are_missing(graph: Graph, record: Record) -> None:
    replay = replay_graph(record(graph), registry=with_changed(Silent, "EvenCalculator"))
    assert [each.what for each in replay.differences] == [
        f'output :0 (stream "even"): found no packet; expected packets at {time}'
        for time in (0, 20, 40)
    ]


def test_another_bound_is_a_difference(graph: Graph, record: Record) -> None:
    class Promising(kit.EvenCalculator):
        def process(self, context: Context) -> None:
            super().process(context)
            context.outputs[0].advance(25)

    replay = replay_graph(record(graph), registry=with_changed(Promising, "EvenCalculator"))
    assert [each.what for each in replay.differences][:1] == [
        'output :0 (stream "even"): found bound 25; expected 1'
    ]


def test_what_differs_is_given_on(graph: Graph, record: Record) -> None:
    class Doubling(Silent):
        def process(self, context: Context) -> None:
            if context.inputs[0].value % 2 == 0:
                context.outputs[0].emit(2 * context.inputs[0].value)

    registry = with_changed(Doubling, "EvenCalculator")
    nodes = [each.node for each in replay_graph(record(graph), registry=registry).differences]
    assert nodes[0] == "even"
    assert "sum" in nodes


def test_a_replay_ends_at_a_time_and_shows_its_call(
    graph: Graph, record: Record, registry: Registry
) -> None:
    replay = replay_node(record(graph), "sum", until=20, registry=registry)
    assert replay.is_same
    (shown,) = replay.shown
    assert [each and each.value for each in shown.inputs] == [2, 2]
    assert [each.value for each in shown.made.packets[0]] == [{"sum": 104}]
    assert replay.packets == 3


def test_a_time_without_a_call_is_refused_with_the_nearest(
    graph: Graph, record: Record, registry: Registry
) -> None:
    with pytest.raises(UsageError, match=r'"even" has no call at 21; .*\n.*nearest one is at 20'):
        replay_node(record(graph), "even", until=21, registry=registry)


def test_calls_at_the_time_go_through_the_debugger(
    graph: Graph, record: Record, registry: Registry
) -> None:
    seen = []

    def around(method: Callable[[Context], None], context: Context) -> None:
        seen.append((method.__name__, context.timestamp))
        method(context)

    path = record(graph)
    assert replay_node(path, "even", until=20, around=around, registry=registry).is_same
    assert replay_node(path, "even", around=around, registry=registry).is_same
    assert seen == [("process", 20), ("process", 0)]


def test_a_failed_call_fails_again_in_the_same_way(
    graph: Graph, tmp_path: Path, registry: Registry
) -> None:
    with pytest.raises(CalculatorError), Recorder(tmp_path / "run.mcap", graph):
        graph.start({"start": 1}, threads=0)
        graph.add_packet("number", -13, 5)
        graph.wait_until_done()
    replay = replay_node(tmp_path / "run.mcap", "even", until=5, registry=registry)
    assert replay.is_same
    assert replay.shown[0].made.error == "ValueError: unlucky"
    mended = with_changed(Silent, "EvenCalculator")
    assert "found no error; expected ValueError: unlucky" in str(
        replay_node(tmp_path / "run.mcap", "even", registry=mended)
    )


OPAQUE = """
input_stream: [number]
input_side_packet: [gain]
node:
  - {calculator: MakeOpaqueCalculator, name: make, input_side_packet: ["GAIN:gain"],
     output_side_packet: ["OPAQUE:opaque"]}
  - {calculator: GainCalculator, name: gain, input_stream: [number], output_stream: [more],
     input_side_packet: ["OPAQUE:opaque"]}
"""


def test_side_packets_without_codec_are_made_again(tmp_path: Path, registry: Registry) -> None:
    path = record_text(tmp_path / "run.mcap", OPAQUE, {"gain": 3}, headers={"number": "tens"})
    with Recording(path) as recording:
        assert recording.side_packet("opaque") == ("Opaque",)
        assert [each.value for each in recording.packets("more")][:2] == [10, 13]
    assert replay_graph(path, registry=registry).is_same
    assert replay_node(path, "gain", registry=registry).is_same


def test_headers_are_compared(tmp_path: Path) -> None:
    class OtherHeader(kit.GainCalculator):
        def open(self, context: Context) -> None:
            super().open(context)
            context.outputs[0].set_header("other")

    path = record_text(tmp_path / "run.mcap", OPAQUE, {"gain": 3}, headers={"number": "tens"})
    replay = replay_node(path, "gain", registry=with_changed(OtherHeader, "GainCalculator"))
    assert [each.what for each in replay.differences] == ["the headers of its outputs differ"]


STAMP = """
input_stream: [number]
node: [{calculator: StampCalculator, input_stream: [number], output_stream: [now], name: stamp}]
"""


def test_services_can_be_given(tmp_path: Path, registry: Registry) -> None:
    path = record_text(tmp_path / "run.mcap", STAMP, {})
    assert not replay_node(path, "stamp", registry=registry).is_same
    clock = VirtualClock(7)
    replay = replay_graph(path, services={CLOCK: clock}, registry=registry)
    assert "found 7; expected" in str(replay)


def test_sources_and_sinks_are_left_out(tmp_path: Path) -> None:
    text = """
node:
  - {calculator: CountingSourceCalculator, name: count, output_stream: [number],
     input_side_packet: ["MAX_COUNT:count"]}
  - {calculator: PassThroughCalculator, name: pass, input_stream: [number], output_stream: [same]}
input_side_packet: [{name: count, type: int, default: 3}]
"""
    graph = Graph(plan_from_text(text))
    with Recorder(tmp_path / "run.mcap", graph):
        graph.run(threads=0)
    replay = replay_graph(tmp_path / "run.mcap")
    assert replay.is_same
    assert (replay.left_out, replay.packets) == (("count",), 3)
    assert replay_node(tmp_path / "run.mcap", "count", until=1).is_same


def test_an_unknown_calculator_is_told_with_the_module_to_import(
    graph: Graph, record: Record
) -> None:
    path = record(graph)
    with pytest.raises(
        RecordingError, match=r'"SumCalculator" is not registered here\n.*--import .*recording.kit'
    ):
        replay_node(path, "sum")
    replay = replay_graph(path)
    assert set(replay.broken) == {"even", "sum"}
    assert not replay.is_same


def test_an_unknown_node_is_refused_with_a_suggestion(graph: Graph, record: Record) -> None:
    with pytest.raises(UsageError, match=r'no node "evn" in it\n.*"even"'):
        replay_node(record(graph), "evn")


def test_a_node_whose_calls_were_not_recorded_is_refused(graph: Graph, record: Record) -> None:
    path = record(graph, nodes=["even"])
    with pytest.raises(UsageError, match='the calls of node "sum" are not in it'):
        replay_node(path, "sum")


def test_packets_alone_cannot_be_replayed(graph: Graph, record: Record) -> None:
    with pytest.raises(RecordingError, match="has packets alone"):
        replay_graph(record(graph, streams=["sum"]))


def test_options_that_a_calculator_refuses_now_are_told(graph: Graph, record: Record) -> None:
    class Stricter(kit.SumCalculator):
        contract = kit.EvenCalculator.contract

    registry = with_changed(Stricter, "SumCalculator")
    with pytest.raises(RecordingError, match='node "sum": SumCalculator refuses it'):
        replay_node(record(graph), "sum", registry=registry)


DROPPING = """
input_stream: [number, finished]
node:
  - calculator: FlowLimiterCalculator
    name: limiter
    input_stream: [number, "FINISHED:finished"]
    output_stream: [let_through]
    input_stream_info: [{tag_index: FINISHED, back_edge: true}]
"""


def test_what_was_dropped_in_the_run_is_dropped_in_the_replay(tmp_path: Path) -> None:
    graph = Graph(plan_from_text(DROPPING))
    with Recorder(tmp_path / "run.mcap", graph):
        graph.start(threads=0)
        for number in range(8):
            graph.add_packet("number", number, number)
            if number == 4:
                graph.add_packet("finished", 0, 0)
        graph.close_inputs()
        graph.wait_until_done()
    with Recording(tmp_path / "run.mcap") as recording:
        assert 1 < len(recording.times("let_through")) < 8
    assert replay_graph(tmp_path / "run.mcap").is_same


OVERLAPPING = """
input_stream: [number]
node:
  - {calculator: EvenCalculator, name: even, input_stream: [number], output_stream: [even],
     max_in_flight: 3}
executor: [{name: "", type: ThreadPoolExecutor, options: {num_threads: 3}}]
"""


def test_calls_that_overlapped_are_replayed(tmp_path: Path, registry: Registry) -> None:
    graph = Graph(plan_from_text(OVERLAPPING, registry=registry))
    with Recorder(tmp_path / "run.mcap", graph):
        graph.start()
        for number in range(50):
            graph.add_packet("number", number, number)
        graph.close_inputs()
        graph.wait_until_done()
    replay = replay_node(tmp_path / "run.mcap", "even", registry=registry)
    assert (replay.is_same, replay.calls, replay.packets) == (True, 52, 25)
