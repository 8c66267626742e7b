"""PacketClonerCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.packet_cloner import PacketClonerCalculator
from graphflow import Graph, GraphflowError
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.testing import CalculatorRunner, OutputRecord

GATED = """
input_stream: [in, in_allowed, tick, tick_allowed]
output_stream: [out]
node:
  - {calculator: GateCalculator, input_stream: [tick, "ALLOW:tick_allowed"], output_stream: [ticks]}
  - {calculator: GateCalculator, input_stream: [in, "ALLOW:in_allowed"], output_stream: [gated]}
  - {calculator: PacketClonerCalculator, input_stream: [gated, "TICK:ticks"], output_stream: [out]}
"""


def seen(output: OutputRecord) -> list[tuple[int, object]]:
    return list(zip(output.timestamps, output.values, strict=True))


def cloner(**options: Any) -> CalculatorRunner:
    return CalculatorRunner(
        PacketClonerCalculator, options=options, inputs=["", ":1", "TICK"], outputs=["", ":1"]
    )


@pytest.mark.parametrize("tick", ["TICK", ":1"])
def test_ticks_wait_until_the_input_is_settled_and_then_repeat_it(tick: str) -> None:
    # behaviour 237
    with CalculatorRunner(PacketClonerCalculator, inputs=["", tick], outputs=[""]) as runner:
        runner.add("", "first", 5000)
        for time in (10_000, 10_001, 10_002):
            runner.add(tick, "tick", time)
        assert runner.outputs[""].values == []
        runner.add("", "second", 15_000)
        expected = [(10_000, "first"), (10_001, "first"), (10_002, "first")]
        assert seen(runner.outputs[""]) == expected


def test_a_tick_that_was_held_back_is_settled() -> None:
    # behaviour 239
    graph = Graph.from_text(GATED)
    got: list[tuple[int, object]] = []
    graph.observe("out", lambda packet: got.append((packet.timestamp, packet.value)))
    graph.start()

    def feed(name: str, time: int, is_allowed: bool) -> None:
        graph.add_packet(f"{name}_allowed", is_allowed, time)
        graph.add_packet(name, f"{name}{time}", time)

    feed("in", 100, True)
    feed("tick", 100, True)
    feed("tick", 110, False)
    feed("in", 200, False)
    graph.wait_until_idle()
    assert got == [(100, "in100")]
    assert graph.bound("out") == 111
    graph.close_inputs()
    graph.wait_until_done()


def test_a_packet_at_the_time_of_the_tick_counts() -> None:
    with cloner() as runner:
        runner.add("", "a", 10)
        runner.add(":1", "b", 10)
        runner.add("TICK", "tick", 10)
        assert seen(runner.outputs[""]) == [(10, "a")]
        assert seen(runner.outputs[":1"]) == [(10, "b")]


def test_before_its_first_packet_a_stream_is_empty_at_ticks() -> None:
    with cloner() as runner:
        runner.add("", "a", 10)
        runner.advance(":1", 11)
        runner.add("TICK", "tick", 10)
        assert runner.outputs[""].values == ["a"]
        assert runner.outputs[":1"].values == []
        assert runner.outputs[":1"].bound == 11


@pytest.mark.parametrize("is_settled", [False, True])
def test_ticks_before_all_inputs_came_can_give_nothing(is_settled: bool) -> None:
    name = "output_packets_only_when_all_inputs_received"
    options = {name if is_settled else "output_only_when_all_inputs_received": True}
    with cloner(**options) as runner:
        runner.add("", "a", 10)
        runner.advance(":1", 11)
        runner.add("TICK", "tick", 10)
        assert runner.outputs[""].values == []
        assert (runner.outputs[""].bound == 11) is is_settled
        runner.add("", "c", 20)
        runner.add(":1", "b", 20)
        runner.add("TICK", "tick", 20)
        assert seen(runner.outputs[""]) == [(20, "c")]
        assert seen(runner.outputs[":1"]) == [(20, "b")]


def test_with_the_immediate_policy_the_newest_packet_is_what_came_so_far() -> None:
    with CalculatorRunner(
        PacketClonerCalculator, inputs=["", "TICK"], outputs=[""], policy=ImmediatePolicy()
    ) as runner:
        runner.add("TICK", "tick", 0)
        runner.add("", 1, 10_000)
        runner.add("TICK", "tick", 15_000)
        runner.add("", 3, 30_000)
        runner.add("TICK", "tick", 25_000)
        assert seen(runner.outputs[""]) == [(15_000, 1), (25_000, 3)]


def test_another_number_of_outputs_than_streams_is_refused() -> None:
    runner = CalculatorRunner(PacketClonerCalculator, inputs=["", "TICK"], outputs=["", ":1"])
    with pytest.raises(GraphflowError, match="found 2 outputs for 1 streams"):
        runner.run({})


def test_what_is_repeated_keeps_its_header() -> None:
    runner = CalculatorRunner(PacketClonerCalculator, inputs=["", "TICK"], outputs=[""])
    outputs = runner.run(headers={"": "a map", "TICK": "a clock"})
    assert outputs[""].header == "a map"
