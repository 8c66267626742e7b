"""ClockLatencyCalculator."""

from __future__ import annotations

import pytest

from calculators.core.clock_latency import ClockLatencyCalculator
from graphflow import Graph, Packet
from graphflow.testing import CalculatorRunner
from graphflow.testing.timed_simulation import simulate_timed
from graphflow.words.errors import CalculatorError


def test_the_reference_is_subtracted_from_every_time() -> None:
    outputs = CalculatorRunner(ClockLatencyCalculator, inputs=["", "LATE", "REFERENCE"]).run(
        {
            "": [Packet(110, 1), Packet(230, 2)],
            "LATE": [Packet(150, 1)],
            "REFERENCE": [Packet(100, 1), Packet(250, 2), Packet(300, 3)],
        }
    )
    assert (outputs[""].values, outputs[""].timestamps) == ([10, -20], [1, 2])
    assert (outputs["LATE"].values, outputs["LATE"].timestamps) == ([50], [1])


def test_a_time_without_a_reference_is_an_error() -> None:
    runner = CalculatorRunner(ClockLatencyCalculator, inputs=["", "REFERENCE"])
    with pytest.raises(CalculatorError, match="REFERENCE is empty at this time"):
        runner.run({"": [Packet(1, 1)], "REFERENCE": [Packet(1, 2)]})


def test_the_latency_of_a_slow_node_is_the_time_it_takes() -> None:
    graph = Graph.from_text("""
        input_stream: [image]
        output_stream: [latency_us]
        node:
          - {name: slow, calculator: PassThroughCalculator, input_stream: image, output_stream: result}
          - {calculator: ClockTimestampCalculator, input_stream: image, output_stream: image_us}
          - {calculator: ClockTimestampCalculator, input_stream: result, output_stream: result_us}
          - calculator: ClockLatencyCalculator
            input_stream: [result_us, "REFERENCE:image_us"]
            output_stream: [latency_us]
        """)  # noqa: E501
    feeds = [(at, "image", Packet("image", at)) for at in (0, 10_000, 40_000)]
    run = simulate_timed(graph, feeds, durations={"slow": 15_000})
    assert run.values("latency_us") == [15_000, 20_000, 15_000]
