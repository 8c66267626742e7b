"""MergeCalculator."""

from __future__ import annotations

import pytest

from calculators.flow.merge import MergeCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def test_packets_of_both_streams_come_out_in_time_order() -> None:
    runner = CalculatorRunner(MergeCalculator, inputs=["", ":1"], outputs=[""])
    outputs = runner.run(
        {
            "": [Packet("a10", 10), Packet("a20", 20), Packet("a30", 30)],
            ":1": [Packet(5, 5), Packet(35, 35)],
        }
    )
    assert outputs[""].timestamps == [5, 10, 20, 30, 35]
    assert outputs[""].values == [5, "a10", "a20", "a30", 35]


def test_the_first_input_wins_where_both_have_a_packet() -> None:
    runner = CalculatorRunner(MergeCalculator, inputs=["", ":1"], outputs=[""])
    outputs = runner.run({"": [Packet("first", 1)], ":1": [Packet("second", 1)]})
    assert outputs[""].values == ["first"]


def test_nothing_is_decided_before_the_preferred_input_is_settled() -> None:
    with CalculatorRunner(MergeCalculator, inputs=["", ":1"], outputs=[""]) as runner:
        runner.add(":1", "second", 1)
        assert runner.outputs[""].values == []
        runner.advance("", 2)
        assert runner.outputs[""].values == ["second"]
        assert runner.outputs[""].bound == 2


def test_a_time_at_which_all_are_empty_is_settled() -> None:
    with CalculatorRunner(MergeCalculator, inputs=["", ":1"], outputs=[""]) as runner:
        runner.advance("", 9)
        runner.advance(":1", 4)
        assert runner.outputs[""].bound == 4


def test_two_outputs_are_refused() -> None:
    with pytest.raises(GraphflowError):
        CalculatorRunner(MergeCalculator, inputs=[""], outputs=["", ":1"]).run({})


def test_three_streams_are_asked_in_their_order() -> None:
    runner = CalculatorRunner(MergeCalculator, inputs=["", ":1", ":2"], outputs=[""])
    outputs = runner.run({":1": [Packet("second", 1)], ":2": [Packet("third", 1)]})
    assert outputs[""].values == ["second"]


def test_a_falsy_payload_is_a_packet() -> None:
    runner = CalculatorRunner(MergeCalculator, inputs=["", ":1"], outputs=[""])
    outputs = runner.run({"": [Packet(0, 1)], ":1": [Packet(9, 1)]})
    assert outputs[""].values == [0]
