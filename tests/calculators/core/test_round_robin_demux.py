"""RoundRobinDemuxCalculator; test_mux joins what it deals out."""

from __future__ import annotations

from calculators.core.round_robin_demux import RoundRobinDemuxCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner

OUTPUTS = ["OUTPUT", "OUTPUT:1", "OUTPUT:2", "SELECT"]


def test_packets_go_to_the_branches_in_turn() -> None:
    outputs = CalculatorRunner(RoundRobinDemuxCalculator, outputs=OUTPUTS).run(
        {"": [Packet(f"packet{time}", time) for time in range(5)]}
    )
    assert outputs["OUTPUT"].timestamps == [0, 3]
    assert outputs["OUTPUT:1"].values == ["packet1", "packet4"]
    assert outputs["OUTPUT:2"].timestamps == [2]
    assert outputs["SELECT"].values == [0, 1, 2, 0, 1]


def test_the_other_branches_are_settled() -> None:
    with CalculatorRunner(RoundRobinDemuxCalculator, outputs=OUTPUTS) as runner:
        runner.add("", "packet", 10)
        assert [runner.outputs[each].bound for each in OUTPUTS] == [11] * 4


def test_an_empty_time_uses_no_branch_up() -> None:
    with CalculatorRunner(RoundRobinDemuxCalculator, outputs=["OUTPUT", "OUTPUT:1"]) as runner:
        runner.advance("", 10)
        runner.add("", "packet", 10)
        assert runner.outputs["OUTPUT"].values == ["packet"]


def test_every_branch_has_the_header() -> None:
    outputs = CalculatorRunner(RoundRobinDemuxCalculator, outputs=OUTPUTS).run(
        headers={"": "30 Hz"}
    )
    assert [outputs[each].header for each in OUTPUTS] == ["30 Hz", "30 Hz", "30 Hz", None]
