"""J. Test tools, errors, profile."""

from __future__ import annotations

import pytest

from graphflow import Calculator, Context, Contract, Graph, Packet, Port
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.running.clock import CLOCK
from graphflow.testing import CalculatorRunner
from graphflow.testing.timed_simulation import simulate_timed
from graphflow.words.errors import CalculatorError, ContractError
from tests.conformance.kit import Fail, finish, load


class TwoOfA(Calculator[NoOptions]):
    """Counts what it is given."""

    contract = Contract(inputs=(Port("A", repeated=True), Port("B")), outputs=(Port("OUT", int),))

    def process(self, context: Context) -> None:
        context.outputs["OUT"].emit(sum(not each.is_empty for each in context.inputs))


TWO = """
    input_stream: [foo, bar]
    node:
      - {calculator: Pass, input_stream: [foo, bar], output_stream: [foo_out, bar_out]}
    """


def test_259_a_runner_can_be_run_again_with_new_inputs() -> None:
    runner = CalculatorRunner(TwoOfA, inputs=["A", "B"])
    for count in range(3):
        given = [Packet(each, each) for each in range(count)]
        outputs = runner.run({"A": given, "B": given})
        assert outputs["OUT"].values == [2] * count


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (["A", "B:1"], "input B can be connected only once"),
        (["A", "C"], "the contract declares no input C"),
        (["A:1"], "required input B is not connected"),
    ],
)
def test_261_connections_that_the_contract_has_not_are_named(inputs: list[str], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        CalculatorRunner(TwoOfA, inputs=inputs).run()


def test_263_several_streams_are_read_together_once_for_each_time() -> None:
    graph = load(TWO)
    outcomes = graph.outcomes("foo_out", "bar_out")
    graph.start(threads=1)
    for value, time in ((10, 1), (7, 2), (4, 3)):
        graph.add_packet("foo", value, time)
    for value, time in ((5, 1), (5, 3)):
        graph.add_packet("bar", value, time)
    finish(graph)
    found = list(outcomes)
    assert [each.timestamp for each in found] == [1, 2, 3]
    assert [each.get("foo_out", 0) + each.get("bar_out", 0) for each in found] == [15, 7, 9]
    assert [each.empty for each in found] == [(), ("bar_out",), ()]


THREE = """
    input_stream: [in]
    node:
      - {name: first, calculator: Pass, input_stream: [in], output_stream: [a], max_in_flight: 3}
      - {name: second, calculator: Pass, input_stream: [a], output_stream: [b], max_in_flight: 3}
      - {name: third, calculator: Pass, input_stream: [b], output_stream: [out], max_in_flight: 3}
    """


class SleepsThrice(Calculator[NoOptions]):
    """Tells when it began each of three sleeps of 10 ms."""

    contract = Contract(inputs=(Port("IN", int),), outputs=(Port("OUT", list),), services=(CLOCK,))

    def process(self, context: Context) -> None:
        clock = context.service(CLOCK)
        begins = []
        for _ in range(3):
            begins.append(clock.now_us)
            clock.sleep(0.010)
        context.outputs[0].emit(begins)


def test_265_virtual_time_moves_only_when_every_call_waits() -> None:
    begins = [0, 2_000, 4_000, 10_000, 12_000, 14_000, 20_000, 22_000, 24_000]
    # Three calls in a row for each packet.
    feeds = [(at, "in", Packet(at, at)) for at in (0, 2_000, 4_000)]
    durations = dict.fromkeys(("first", "second", "third"), 10_000)
    run = simulate_timed(load(THREE), feeds, durations=durations, observe=["out"])
    assert run.begins_us() == begins
    assert run.seen_us["out"] == [30_000, 32_000, 34_000]
    # One call, that sleeps three times.
    registry = Registry()
    registry.register(SleepsThrice)
    text = """
        input_stream: [in]
        node:
          - calculator: SleepsThrice
            input_stream: ["IN:in"]
            output_stream: ["OUT:out"]
            max_in_flight: 3
        """
    graph = Graph(plan_from_text(text, registry=registry))
    run = simulate_timed(graph, feeds, observe=["out"])
    assert sorted(each for slept in run.values("out") for each in slept) == begins
    assert run.seen_us["out"] == [30_000, 32_000, 34_000]


def test_267_a_parallel_flow_limited_graph_is_deterministic() -> None:
    graph = Graph.from_text("""
        input_stream: [in]
        output_stream: [out]
        node:
          - calculator: FlowLimiterCalculator
            input_stream: [in, "FINISHED:out"]
            input_stream_info: [{tag_index: FINISHED, back_edge: true}]
            output_stream: [sampled]
            options: {max_in_flight: 2}
          - calculator: RoundRobinDemuxCalculator
            input_stream: [sampled]
            output_stream: ["OUTPUT:0:to_0", "OUTPUT:1:to_1"]
          - {name: work_0, calculator: PassThroughCalculator, input_stream: [to_0], output_stream: [from_0]}
          - {name: work_1, calculator: PassThroughCalculator, input_stream: [to_1], output_stream: [from_1]}
          - {calculator: ImmediateMuxCalculator, input_stream: [from_0, from_1], output_stream: [out]}
        """)  # noqa: E501
    feeds = [(at, "in", Packet(at, at)) for at in range(10_000, 110_000, 10_000)]
    durations = {"work_0": 20_000, "work_1": 30_000}
    for _ in range(3):
        run = simulate_timed(graph, feeds, durations=durations)
        assert run.timestamps("out") == [10_000, 20_000, 40_000, 60_000, 70_000, 100_000]


def test_269_what_is_said_before_an_error_keeps_its_kind() -> None:
    with pytest.raises(CalculatorError, match="failed in process at 5 µs: ValueError: x") as caught:
        CalculatorRunner(Fail, inputs=[""], options={"words": "x"}).run({"": [Packet(1, 5)]})
    assert isinstance(caught.value.cause, ValueError)
    assert caught.value.__cause__ is caught.value.cause


def test_271_the_time_in_process_is_kept_for_each_node() -> None:
    graph = load(TWO)
    graph.start(threads=INLINE)
    graph.add_packet("foo", 1, 1)
    finish(graph)
    (node,) = graph.node_times()
    assert (node.node, node.calls) == ("Pass", 1)
    assert node.busy_seconds > 0
