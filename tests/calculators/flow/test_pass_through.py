"""PassThroughCalculator."""

from __future__ import annotations

import pytest

from calculators.flow.pass_through import PassThroughCalculator
from graphflow import Packet
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ConfigError


def test_payload_passes_as_the_same_object() -> None:
    payload = [1, 2]
    runner = CalculatorRunner(PassThroughCalculator, inputs=[""], outputs=[""])
    outputs = runner.run({"": [Packet(payload, 5)]})
    assert outputs[""].values[0] is payload
    assert outputs[""].timestamps == [5]


def test_each_stream_goes_to_the_output_of_its_own_name_and_index() -> None:
    runner = CalculatorRunner(
        PassThroughCalculator, inputs=["", ":1", "A"], outputs=["A", "", ":1"]
    )
    outputs = runner.run({"": [Packet("plain", 1)], ":1": [Packet("second", 1)]})
    assert outputs[""].values == ["plain"]
    assert outputs[":1"].values == ["second"]
    assert outputs["A"].values == []


def test_streams_are_joined_by_timestamp() -> None:
    with CalculatorRunner(PassThroughCalculator, inputs=["A", "B"], outputs=["A", "B"]) as runner:
        runner.add("A", "a", 10)
        assert runner.outputs["A"].values == []
        runner.advance("B", 11)
        assert runner.outputs["A"].values == ["a"]
        assert runner.outputs["B"].bound == 11


def test_a_bound_is_handed_on() -> None:
    with CalculatorRunner(PassThroughCalculator, inputs=[""], outputs=[""]) as runner:
        runner.advance("", 7)
        assert runner.outputs[""].bound == 7


def test_side_packets_pass_by_position() -> None:
    runner = CalculatorRunner(
        PassThroughCalculator,
        inputs=[""],
        outputs=[""],
        side_inputs=["", ":1"],
        side_outputs=["", ":1"],
    )
    outputs = runner.run({"": []}, side_packets={"": "first", ":1": 2})
    assert outputs.side[":0"] == "first"
    assert outputs.side[":1"] == 2


def test_a_stream_that_ends_does_not_hold_the_others_back() -> None:
    with CalculatorRunner(PassThroughCalculator, inputs=["A", "B"], outputs=["A", "B"]) as runner:
        runner.close("B")
        runner.add("A", "a", 10)
        assert runner.outputs["A"].values == ["a"]


def test_side_packets_need_not_go_anywhere() -> None:
    runner = CalculatorRunner(
        PassThroughCalculator, inputs=[""], outputs=[""], side_inputs=[""], side_outputs=[]
    )
    outputs = runner.run({"": [Packet(1, 5)]}, side_packets={"": "unused"})
    assert outputs[""].values == [1]
    assert outputs.side == {}


def test_tagged_side_packets_pass_too() -> None:
    outputs = CalculatorRunner(
        PassThroughCalculator, inputs=[], outputs=[], side_outputs=["", "MODEL:1"]
    ).run(side_packets={"": 1, "MODEL:1": "m"})
    assert outputs.side == {":0": 1, "MODEL:1": "m"}


@pytest.mark.parametrize(
    ("connections", "message"),
    [
        ("input_stream: [a, 'B:b'], output_stream: [c]", "input B .* has no output of that name"),
        ("input_stream: [a], output_stream: [c, 'B:d']", "output B .* has no input of that name"),
        ("input_side_packet: [s, 'T:t'], output_side_packet: [u]", "side input T .* has no side"),
    ],
)
def test_what_comes_in_must_go_out(connections: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_from_text(f"""
            input_stream: [a, b]
            input_side_packet: [s, t]
            node:
              - {{calculator: PassThroughCalculator, {connections}}}
            """)


def test_side_packets_need_not_go_out() -> None:
    plan = plan_from_text("""
        input_stream: [a]
        input_side_packet: [s]
        node:
          - {calculator: PassThroughCalculator, input_stream: a, output_stream: b,
             input_side_packet: s}
        """)
    assert plan.nodes[0].side_outputs == ()
