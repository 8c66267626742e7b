"""AgeGateCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.live.age_gate import AgeGateCalculator
from graphflow import Graph
from graphflow.graph import INLINE
from graphflow.running.clock import CLOCK, VirtualClock
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, GraphflowError

ORIGIN_US = 1_000_000

TWO_STREAMS = """
input_stream: [image, landmarks]
input_side_packet: [capture_origin]
node:
  - calculator: AgeGateCalculator
    input_stream: ["IMAGE:image", "LANDMARKS:landmarks"]
    input_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
    output_stream: ["IMAGE:current_image", "LANDMARKS:current_landmarks"]
    options: {max_latency_ms: 50}
"""


def gate(clock: VirtualClock, *, limit_ms: int | None = None, **options: Any) -> CalculatorRunner:
    given = {} if limit_ms is None else {"MAX_LATENCY_MS": limit_ms}
    return CalculatorRunner(
        AgeGateCalculator,
        clock=clock,
        options=options,
        inputs=["IMAGE", "LANDMARKS"],
        outputs=["IMAGE", "LANDMARKS", "AGE"],
        side_inputs=["CAPTURE_ORIGIN", *given],
        side_packets={"CAPTURE_ORIGIN": ORIGIN_US, **given},
    )


def add_frame(runner: CalculatorRunner, time: int) -> None:
    runner.add("IMAGE", f"image {time}", time)
    runner.advance("LANDMARKS", time + 1)


def test_the_age_is_the_time_since_the_capture() -> None:
    clock = VirtualClock(ORIGIN_US)
    with gate(clock) as runner:
        clock.advance(30_000)
        add_frame(runner, 10_000)
        clock.advance(70_000)
        add_frame(runner, 20_000)
        assert runner.outputs["AGE"].values == [20_000, 80_000]
        assert runner.outputs["AGE"].timestamps == [10_000, 20_000]


def test_a_time_at_which_all_inputs_are_empty_has_no_age_and_is_settled() -> None:
    with gate(VirtualClock(ORIGIN_US)) as runner:
        runner.advance("IMAGE", 50)
        runner.advance("LANDMARKS", 40)
        assert runner.outputs["AGE"].packets == []
        assert runner.outputs["AGE"].bound == 40


@pytest.mark.parametrize("by_side_packet", [True, False])
def test_what_is_older_than_the_limit_is_dropped_and_settled(by_side_packet: bool) -> None:
    clock = VirtualClock(ORIGIN_US)
    runner = gate(clock, limit_ms=50) if by_side_packet else gate(clock, max_latency_ms=50)
    with runner:
        clock.advance(50_000)
        add_frame(runner, 0)
        clock.advance(1_001)
        add_frame(runner, 1_000)
        assert runner.outputs["IMAGE"].timestamps == [0]
        assert runner.outputs["IMAGE"].bound == runner.outputs["AGE"].bound == 1_001


def test_what_belongs_together_is_dropped_together_and_counted_with_its_reason() -> None:
    graph = Graph.from_text(TWO_STREAMS)
    graph.services.give(CLOCK, VirtualClock(ORIGIN_US + 90_000))
    graph.start({"capture_origin": ORIGIN_US}, threads=INLINE)
    for time, streams in ((0, ("image", "landmarks")), (10_000, ("image",))):
        for stream in streams:
            graph.add_packet(stream, stream, time)
    graph.close_inputs()
    graph.wait_until_done()
    assert {(each.port, each.reason): each.count for each in graph.ledger().losses} == {
        ("IMAGE", "older than 50 ms"): 2,
        ("LANDMARKS", "older than 50 ms"): 1,
    }


def test_a_limit_of_zero_as_side_packet_switches_that_of_the_options_off() -> None:
    clock = VirtualClock(ORIGIN_US + 10_000_000)
    with gate(clock, limit_ms=0, max_latency_ms=50) as runner:
        add_frame(runner, 0)
        assert runner.outputs["IMAGE"].timestamps == [0]


def test_a_negative_limit_is_refused() -> None:
    with (
        pytest.raises(GraphflowError, match="MAX_LATENCY_MS: found -1; expected milliseconds"),
        gate(VirtualClock(), limit_ms=-1),
    ):
        pass


def test_without_the_time_of_capture_there_is_no_run() -> None:
    with pytest.raises((GraphflowError, CalculatorError), match="CAPTURE_ORIGIN"):
        CalculatorRunner(AgeGateCalculator, inputs=["IMAGE"], outputs=["IMAGE"]).run({})
