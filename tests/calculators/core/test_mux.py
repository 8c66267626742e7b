"""MuxCalculator."""

from __future__ import annotations

import pytest

from calculators.core.mux import MuxCalculator
from graphflow import Graph, GraphflowError, Packet
from graphflow.nodes.input_policy import DefaultPolicy
from graphflow.testing import CalculatorRunner

INPUTS = ["INPUT", "INPUT:1", "SELECT"]

THREE_BRANCHES = """
input_stream: [in]
output_stream: [out]
node:
  - calculator: RoundRobinDemuxCalculator
    input_stream: ["in"]
    output_stream: ["OUTPUT:0:in_0", "OUTPUT:1:in_1", "OUTPUT:2:in_2", "SELECT:select"]
  - {calculator: PassThroughCalculator, input_stream: ["in_0"], output_stream: ["out_0"]}
  - {calculator: PassThroughCalculator, input_stream: ["in_1"], output_stream: ["out_1"]}
  - {calculator: PassThroughCalculator, input_stream: ["in_2"], output_stream: ["out_2"]}
  - calculator: MuxCalculator
    input_stream: ["INPUT:0:out_0", "INPUT:1:out_1", "INPUT:2:out_2", "SELECT:select"]
    output_stream: ["OUTPUT:out"]
"""


@pytest.mark.parametrize("threads", [None, 3])
def test_branches_dealt_out_in_turn_come_together_in_order(threads: int | None) -> None:
    # behaviour 229
    graph = Graph.from_text(THREE_BRANCHES)
    got: list[tuple[int, object]] = []
    graph.observe("out", lambda packet: got.append((packet.timestamp, packet.value)))
    graph.start(threads=threads)
    for time in range(21):
        graph.add_packet("in", f"packet{time}", time)
    graph.close_inputs()
    graph.wait_until_done()
    assert got == [(time, f"packet{time}") for time in range(21)]


def test_the_chosen_input_passes() -> None:
    outputs = CalculatorRunner(MuxCalculator, inputs=INPUTS).run(
        {
            "INPUT": [Packet("a1", 1), Packet("a2", 2)],
            "INPUT:1": [Packet("b1", 1), Packet("b2", 2)],
            "SELECT": [Packet(1, 1), Packet(0, 2)],
        }
    )
    assert outputs["OUTPUT"].values == ["b1", "a2"]


def test_an_empty_choice_settles_the_time() -> None:
    with CalculatorRunner(MuxCalculator, inputs=INPUTS) as runner:
        runner.add("INPUT", "a", 1)
        runner.add("SELECT", 1, 1)
        runner.advance("INPUT:1", 2)
        assert runner.outputs["OUTPUT"].values == []
        assert runner.outputs["OUTPUT"].bound == 2


def test_without_a_choice_nothing_passes() -> None:
    outputs = CalculatorRunner(MuxCalculator, inputs=INPUTS).run({"INPUT": [Packet("a", 1)]})
    assert outputs["OUTPUT"].values == []


def test_the_inputs_not_chosen_are_not_waited_for() -> None:
    with CalculatorRunner(MuxCalculator, inputs=INPUTS) as runner:
        runner.add("SELECT", 1, 1)
        runner.add("INPUT:1", "b", 1)
        assert runner.outputs["OUTPUT"].values == ["b"]


@pytest.mark.parametrize("choice", [2, -1])
def test_a_choice_of_no_input_is_refused(choice: int) -> None:
    with pytest.raises(GraphflowError, match=f"found {choice}; expected the number of an input"):
        CalculatorRunner(MuxCalculator, inputs=INPUTS).run({"SELECT": [Packet(choice, 1)]})


def test_a_choice_of_no_input_is_refused_where_another_policy_is_chosen() -> None:
    runner = CalculatorRunner(MuxCalculator, inputs=INPUTS, policy=DefaultPolicy())
    with pytest.raises(GraphflowError, match="found 2; expected an INPUT from 0 to 1"):
        runner.run({"SELECT": [Packet(2, 1)]})
