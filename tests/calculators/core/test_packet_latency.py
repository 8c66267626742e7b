"""PacketLatencyCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.packet_latency import PacketLatency, PacketLatencyCalculator
from graphflow.running.clock import VirtualClock
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError


def runner_with(clock: VirtualClock, **options: Any) -> CalculatorRunner:
    return CalculatorRunner(PacketLatencyCalculator, clock=clock, options=options)


def test_the_first_reference_is_on_time_and_others_are_as_late_as_the_clock_says() -> None:
    clock = VirtualClock(5_000)
    with runner_with(clock, packet_labels=["result"]) as runner:
        runner.add("", "too early to tell", 90)
        runner.add("REFERENCE_SIGNAL", "image", 100)
        clock.advance(15_000)
        runner.add("", "result", 100)
        clock.advance(10_000)
        runner.add("", "result", 10_100)
        runner.add("REFERENCE_SIGNAL", "image", 10_100)
        clock.advance(200_000)
        runner.add("", "result", 20_100)
    first, second, third = runner.outputs[""].values
    assert first == PacketLatency(
        "result", 15_000, (0, 1, *[0] * 8), 10_000, 15_000, 15_000, 15_000
    )
    assert second.current_latency_usec == 15_000
    assert third == PacketLatency(
        "result", 205_000, (0, 2, *[0] * 7, 1), 10_000, 235_000, 15_000, 205_000
    )
    assert third.avg_latency_usec == pytest.approx(235_000 / 3)
    assert runner.outputs[""].timestamps == [100, 10_100, 20_100]


def test_counting_begins_anew_after_a_while() -> None:
    clock = VirtualClock()
    with runner_with(clock, reset_duration_usec=1_000, num_intervals=2) as runner:
        runner.add("REFERENCE_SIGNAL", "image", 0)
        for time in (0, 1, 2):
            clock.advance(400)
            runner.add("", "result", time)
    assert [each.counts for each in runner.outputs[""].values] == [(1, 0), (2, 0), (1, 0)]


def test_what_is_early_counts_as_on_time() -> None:
    clock = VirtualClock()
    with runner_with(clock) as runner:
        runner.add("REFERENCE_SIGNAL", "image", 0)
        runner.add("", "result", 30)
    (latency,) = runner.outputs[""].values
    assert (latency.current_latency_usec, latency.counts[0]) == (-30, 1)


def test_streams_outputs_and_labels_must_be_as_many() -> None:
    with pytest.raises(CalculatorError, match="found 1 streams besides REFERENCE_SIGNAL, 1 outp"):
        runner_with(VirtualClock(), packet_labels=["a", "b"]).run()
