"""ClockTimestampCalculator."""

from __future__ import annotations

from calculators.core.clock_timestamp import ClockTimestampCalculator
from graphflow.running.clock import VirtualClock
from graphflow.testing import CalculatorRunner


def test_each_packet_gets_the_clock_s_time_when_it_comes() -> None:
    clock = VirtualClock(1_000)
    with CalculatorRunner(ClockTimestampCalculator, clock=clock) as runner:
        runner.add("", "a", 5)
        clock.advance(30)
        runner.advance("", 7)
        clock.advance(30)
        runner.add("", "b", 7)
    assert runner.outputs[""].values == [1_000, 1_060]
    assert runner.outputs[""].timestamps == [5, 7]
