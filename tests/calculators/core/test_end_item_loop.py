"""EndItemLoopCalculator, alone and in a whole loop."""

from __future__ import annotations

import pytest

from calculators.core.end_item_loop import EndItemLoopCalculator
from graphflow import Graph, GraphflowError
from graphflow.testing import CalculatorRunner

LOOP = """
input_stream: [left, right]
output_stream: [left_flag, right_flag]
node:
  - calculator: BeginItemLoopCalculator
    input_stream: ["ITEM:0:left", "ITEM:1:right"]
    output_stream: ["ITEM:count", "BATCH_END:counts_end"]
  - calculator: NonZeroCalculator
    input_stream: ["INPUT:count"]
    output_stream: ["OUTPUT:flag"]
  - calculator: EndItemLoopCalculator
    input_stream: ["ITEM:flag", "BATCH_END:counts_end"]
    output_stream: ["ITEM:0:left_flag", "ITEM:1:right_flag"]
"""


def test_results_come_on_the_outputs_at_the_time_outside() -> None:
    with CalculatorRunner(EndItemLoopCalculator, outputs=["ITEM", "ITEM:1"]) as runner:
        runner.add("ITEM", "a", 0)
        runner.advance("BATCH_END", 1)
        runner.add("ITEM", "b", 1)
        runner.add("BATCH_END", 500, 1)
        assert runner.outputs["ITEM"].values == ["a"]
        assert runner.outputs["ITEM:1"].values == ["b"]
        assert runner.outputs["ITEM:1"].timestamps == [500]


def test_no_results_settle_the_time_on_every_output() -> None:
    with CalculatorRunner(EndItemLoopCalculator, outputs=["ITEM", "ITEM:1"]) as runner:
        runner.advance("ITEM", 1)
        runner.add("BATCH_END", 500, 0)
        assert runner.outputs["ITEM"].bound == 501
        assert runner.outputs["ITEM:1"].bound == 501


def test_another_number_of_results_than_outputs_is_refused() -> None:
    runner = CalculatorRunner(EndItemLoopCalculator, outputs=["ITEM", "ITEM:1"])
    with pytest.raises(GraphflowError, match="found 1 results for 2 outputs"), runner:
        runner.add("ITEM", "a", 0)
        runner.add("BATCH_END", 500, 0)


def test_a_whole_loop_gives_each_stream_its_result() -> None:
    graph = Graph.from_text(LOOP)
    left_flags: list[tuple[int, int]] = []
    right_flags: list[tuple[int, int]] = []
    graph.observe("left_flag", lambda got: left_flags.append((got.timestamp, got.value)))
    graph.observe("right_flag", lambda got: right_flags.append((got.timestamp, got.value)))
    graph.start()
    for time, left, right in ((10, 0, 5), (20, 3, 0)):
        graph.add_packet("left", left, time)
        graph.add_packet("right", right, time)
    graph.close_inputs()
    graph.wait_until_done()
    assert left_flags == [(10, 0), (20, 1)]
    assert right_flags == [(10, 1), (20, 0)]
