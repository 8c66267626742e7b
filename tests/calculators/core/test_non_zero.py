"""NonZeroCalculator."""

from __future__ import annotations

import pytest

from calculators.core.non_zero import NonZeroCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 1), (-7, 1)])
def test_only_zero_gives_zero(number: int, expected: int) -> None:
    outputs = CalculatorRunner(NonZeroCalculator).run({"INPUT": [Packet(number, 3)]})
    assert outputs["OUTPUT"].values == [expected]
    assert outputs["OUTPUT_BOOL"].values == [bool(expected)]
    assert type(outputs["OUTPUT"].values[0]) is int


def test_an_empty_time_is_settled() -> None:
    with CalculatorRunner(NonZeroCalculator, outputs=["OUTPUT"]) as runner:
        runner.advance("INPUT", 5)
        assert runner.outputs["OUTPUT"].bound == 5


def test_a_node_that_nobody_listens_to_is_refused() -> None:
    with pytest.raises(GraphflowError, match="expected OUTPUT or OUTPUT_BOOL"):
        CalculatorRunner(NonZeroCalculator, outputs=[]).run({})
