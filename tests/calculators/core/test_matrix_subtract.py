"""MatrixSubtractCalculator."""

from __future__ import annotations

import numpy as np
import pytest

from calculators.core.matrix_subtract import MatrixSubtractCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


@pytest.mark.parametrize(
    ("stream", "side", "expected"),
    [("MINUEND", "SUBTRAHEND", [[9, 18]]), ("SUBTRAHEND", "MINUEND", [[-9, -18]])],
)
def test_the_tags_say_what_is_subtracted(stream: str, side: str, expected: list[list[int]]) -> None:
    outputs = CalculatorRunner(MatrixSubtractCalculator).run(
        {stream: [Packet(np.array([[10, 20]]), 5)]}, side_packets={side: np.array([[1, 2]])}
    )
    assert outputs[""].values[0].tolist() == expected


def test_other_shapes_are_refused() -> None:
    with pytest.raises(GraphflowError, match=r"found \(2, 1\) minus \(1, 2\); expected equal"):
        CalculatorRunner(MatrixSubtractCalculator).run(
            {"MINUEND": [Packet(np.zeros((2, 1)), 5)]},
            side_packets={"SUBTRAHEND": np.zeros((1, 2))},
        )


@pytest.mark.parametrize(
    ("streams", "sides"),
    [
        (["MINUEND"], ["MINUEND"]),
        (["MINUEND"], []),
        (["MINUEND", "SUBTRAHEND"], []),
        ([], ["MINUEND", "SUBTRAHEND"]),
    ],
)
def test_one_stream_and_one_side_packet_are_needed(streams: list[str], sides: list[str]) -> None:
    runner = CalculatorRunner(MatrixSubtractCalculator, inputs=streams)
    with pytest.raises(GraphflowError, match="one of them a stream, the other one a side packet"):
        runner.run({}, side_packets=dict.fromkeys(sides, np.zeros((1, 2))))
