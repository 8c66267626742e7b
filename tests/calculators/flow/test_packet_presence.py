"""PacketPresenceCalculator."""

from __future__ import annotations

from calculators.flow.packet_presence import PacketPresenceCalculator
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE


def test_a_packet_gives_true_at_its_time() -> None:
    with CalculatorRunner(PacketPresenceCalculator) as runner:
        runner.add("PACKET", "anything", 10)
        assert runner.outputs["PRESENCE"].timestamps == [10]
        assert runner.outputs["PRESENCE"].values == [True]


def test_a_bound_gives_false_at_the_time_it_settles() -> None:
    with CalculatorRunner(PacketPresenceCalculator) as runner:
        runner.add("PACKET", "anything", 10)
        runner.advance("PACKET", 21)
        runner.add("PACKET", "anything", 30)
        assert runner.outputs["PRESENCE"].timestamps == [10, 20, 30]
        assert runner.outputs["PRESENCE"].values == [True, False, True]


def test_a_falsy_payload_is_present() -> None:
    with CalculatorRunner(PacketPresenceCalculator) as runner:
        runner.add("PACKET", None, 10)
        assert runner.outputs["PRESENCE"].values == [True]


def test_the_end_of_the_input_says_nothing() -> None:
    with CalculatorRunner(PacketPresenceCalculator) as runner:
        runner.add("PACKET", "anything", 10)
        runner.close("PACKET")
        assert runner.outputs["PRESENCE"].timestamps == [10]
        assert runner.outputs["PRESENCE"].bound == DONE


def test_a_bound_that_jumps_gives_one_answer() -> None:
    with CalculatorRunner(PacketPresenceCalculator) as runner:
        runner.advance("PACKET", 1_000_001)
        assert runner.outputs["PRESENCE"].timestamps == [1_000_000]
        assert runner.outputs["PRESENCE"].bound == 1_000_001
