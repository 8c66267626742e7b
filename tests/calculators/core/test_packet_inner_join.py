"""PacketInnerJoinCalculator."""

from __future__ import annotations

from calculators.core.packet_inner_join import PacketInnerJoinCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def test_only_complete_times_pass() -> None:
    runner = CalculatorRunner(
        PacketInnerJoinCalculator, inputs=["", ":1", "C"], outputs=["", ":1", "C"]
    )
    outputs = runner.run(
        {
            "": [Packet(f"a{time}", time) for time in (1, 2, 4)],
            ":1": [Packet(f"b{time}", time) for time in (2, 3, 4)],
            "C": [Packet(f"c{time}", time) for time in (1, 2, 3)],
        }
    )
    assert outputs[""].values == ["a2"]
    assert outputs[":1"].values == ["b2"]
    assert outputs["C"].timestamps == [2]


def test_an_incomplete_time_is_settled() -> None:
    inputs = ["", ":1"]
    with CalculatorRunner(PacketInnerJoinCalculator, inputs=inputs, outputs=inputs) as runner:
        runner.add("", "a", 1)
        runner.advance(":1", 2)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == 2
