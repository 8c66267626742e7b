"""EndLoopCalculator, alone and in whole loops."""

from __future__ import annotations

from typing import Any

from calculators.core.end_loop import EndLoopCalculator
from graphflow import Calculator, Context, Contract, Graph, Port
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry, registry
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.timestamp import MAX, ONE_OVER_POSTSTREAM

MAPPED = """
input_stream: [numbers]
output_stream: [results]
node:
  - calculator: BeginLoopCalculator
    input_stream: ["ITERABLE:numbers"]
    output_stream: ["ITEM:number", "BATCH_END:end"]
  - calculator: IncrementCalculator
    input_stream: ["number"]
    output_stream: ["result"]
  - calculator: EndLoopCalculator
    input_stream: ["ITEM:result", "BATCH_END:end"]
    output_stream: ["ITERABLE:results"]
"""

CLONED = """
input_stream: [numbers, factor]
output_stream: [results]
node:
  - calculator: BeginLoopCalculator
    input_stream: ["ITERABLE:numbers", "CLONE:factor"]
    output_stream: ["ITEM:number", "CLONE:each_factor", "BATCH_END:end"]
  - calculator: MultiplyCalculator
    input_stream: ["number", "each_factor"]
    output_stream: ["result"]
  - calculator: EndLoopCalculator
    input_stream: ["ITEM:result", "BATCH_END:end"]
    output_stream: ["ITERABLE:results"]
"""


class IncrementCalculator(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        if not context.inputs[0].is_empty:
            context.outputs[0].emit(context.inputs[0].value + 1)


class MultiplyCalculator(Calculator[NoOptions]):
    contract = Contract(inputs=(Port("", int, repeated=True),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        left, right = context.inputs
        if not left.is_empty and not right.is_empty:
            context.outputs[0].emit(left.value * right.value)


def results_of(text: str, **packets: dict[int, Any]) -> dict[int, Any]:
    nodes = Registry()
    for each in registry:
        nodes.register(each)
    nodes.register(IncrementCalculator)
    nodes.register(MultiplyCalculator)
    graph = Graph(plan_from_text(text, registry=nodes))
    got: dict[int, Any] = {}
    graph.observe("results", lambda packet: got.update({packet.timestamp: packet.value}))
    graph.start()
    feed = [(time, name, packets[name][time]) for name in packets for time in packets[name]]
    for time, name, value in sorted(feed, key=lambda each: each[0]):
        graph.add_packet(name, value, time)
    graph.close_inputs()
    graph.wait_until_done()
    return got


def seen(output: OutputRecord) -> list[tuple[int, object]]:
    return list(zip(output.timestamps, output.values, strict=True))


def test_a_loop_maps_a_collection() -> None:
    # behaviour 233
    assert results_of(MAPPED, numbers={0: [0, 1, 2]}) == {0: (1, 2, 3)}


def test_a_clone_is_there_for_every_element() -> None:
    # behaviour 235
    numbers = {42: [0, 1], 43: [], 44: [2, 3]}
    got = results_of(CLONED, numbers=numbers, factor={42: 2, 43: 1, 44: 3})
    assert got == {42: (0, 2), 44: (6, 9)}


def test_a_clone_without_collection_gives_nothing() -> None:
    # behaviour 235
    assert results_of(CLONED, numbers={}, factor={42: 2, 43: 3}) == {}


def test_the_collection_comes_at_the_time_that_the_end_carries() -> None:
    with CalculatorRunner(EndLoopCalculator) as runner:
        runner.add("ITEM", "a", 0)
        runner.advance("BATCH_END", 1)
        assert runner.outputs["ITERABLE"].values == []
        runner.add("ITEM", "b", 1)
        runner.add("BATCH_END", 500, 1)
        assert seen(runner.outputs["ITERABLE"]) == [(500, ("a", "b"))]


def test_results_of_one_collection_are_not_those_of_the_next() -> None:
    with CalculatorRunner(EndLoopCalculator) as runner:
        for time in (0, 1):
            runner.add("ITEM", time, time)
            runner.add("BATCH_END", 500 + time, time)
        assert seen(runner.outputs["ITERABLE"]) == [(500, (0,)), (501, (1,))]


def test_an_element_without_result_is_left_out() -> None:
    with CalculatorRunner(EndLoopCalculator) as runner:
        runner.add("ITEM", "a", 0)
        runner.advance("ITEM", 2)
        runner.add("BATCH_END", 500, 1)
        assert runner.outputs["ITERABLE"].values == [("a",)]


def test_no_results_settle_the_time() -> None:
    with CalculatorRunner(EndLoopCalculator) as runner:
        runner.advance("ITEM", 2)
        runner.add("BATCH_END", 500, 0)
        assert runner.outputs["ITERABLE"].values == []
        assert runner.outputs["ITERABLE"].bound == 501
        runner.add("BATCH_END", MAX, 1)
        assert runner.outputs["ITERABLE"].bound == ONE_OVER_POSTSTREAM
