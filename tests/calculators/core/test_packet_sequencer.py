"""PacketSequencerCalculator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calculators.core.packet_sequencer import PacketSequencerCalculator
from graphflow import GraphflowError
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import MIN


@pytest.fixture
def runner() -> Iterator[CalculatorRunner]:
    inputs, outputs = ["INPUT", "INPUT:1", "TICK", "TICK:1"], ["OUTPUT", "OUTPUT:1"]
    with CalculatorRunner(PacketSequencerCalculator, inputs=inputs, outputs=outputs) as each:
        yield each


def test_a_packet_comes_right_after_the_newest_tick(runner: CalculatorRunner) -> None:
    runner.add("TICK", "tick", 1000)
    runner.add("INPUT", "a", 7)
    runner.add("INPUT", "b", 8)
    assert runner.outputs["OUTPUT"].timestamps == [1001, 1002]
    assert runner.outputs["OUTPUT"].values == ["a", "b"]


def test_a_tick_settles_its_time_on_every_output(runner: CalculatorRunner) -> None:
    runner.add("TICK:1", "tick", 1000)
    assert runner.outputs["OUTPUT"].bound == 1001
    assert runner.outputs["OUTPUT:1"].bound == 1001


def test_an_older_tick_changes_nothing(runner: CalculatorRunner) -> None:
    runner.add("TICK", "tick", 1000)
    runner.add("TICK:1", "tick", 500)
    assert runner.outputs["OUTPUT"].bound == 1001


def test_before_any_tick_packets_start_at_the_lowest_time(runner: CalculatorRunner) -> None:
    runner.add("INPUT", "a", 7)
    assert runner.outputs["OUTPUT"].timestamps == [MIN]


def test_the_end_of_the_ticks_does_not_stop_packets(runner: CalculatorRunner) -> None:
    runner.add("TICK", "tick", 1000)
    runner.close("TICK")
    runner.add("INPUT", "a", 7)
    assert runner.outputs["OUTPUT"].timestamps == [1001]


def test_another_number_of_outputs_than_inputs_is_refused() -> None:
    runner = CalculatorRunner(PacketSequencerCalculator, outputs=["OUTPUT", "OUTPUT:1"])
    with pytest.raises(GraphflowError, match="found 1 INPUT and 2 OUTPUT"):
        runner.run({})
