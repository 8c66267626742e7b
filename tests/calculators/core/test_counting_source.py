"""CountingSourceCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.counting_source import CountingSourceCalculator
from graphflow import GraphflowError
from graphflow.testing import CalculatorRunner, OutputRecord


def counted(**side_packets: Any) -> OutputRecord:
    return CalculatorRunner(CountingSourceCalculator).run(side_packets=side_packets)[""]


def test_numbers_come_at_their_own_times() -> None:
    assert counted(MAX_COUNT=3).values == [0, 1, 2]
    assert counted(MAX_COUNT=3).timestamps == [0, 1, 2]


def test_none_are_enough_too() -> None:
    assert counted(MAX_COUNT=0).values == []


def test_batches_start_and_step_as_told() -> None:
    output = counted(MAX_COUNT=2, BATCH_SIZE=2, INITIAL_VALUE=10, INCREMENT=5)
    assert output.values == [10, 15, 20, 25]


def test_an_error_comes_after_so_many_batches() -> None:
    runner = CalculatorRunner(CountingSourceCalculator)
    with pytest.raises(GraphflowError, match="an error after 2 batches was asked for"):
        runner.run(side_packets={"ERROR_COUNT": 2})
    assert runner.outputs[""].values == [0, 1]


@pytest.mark.parametrize(
    ("side_packets", "words"),
    [
        ({"MAX_COUNT": 1, "ERROR_ON_OPEN": True}, "failed in open: .*asked for"),
        ({}, "expected MAX_COUNT or ERROR_COUNT"),
        ({"MAX_COUNT": -1}, "MAX_COUNT: found -1; expected 0 or more"),
        ({"ERROR_COUNT": -1}, "ERROR_COUNT: found -1; expected 0 or more"),
        ({"MAX_COUNT": 1, "BATCH_SIZE": 0}, "BATCH_SIZE: found 0; expected 1 or more"),
        ({"MAX_COUNT": 1, "INCREMENT": 0}, "INCREMENT: found 0; expected 1 or more"),
    ],
)
def test_side_packets_that_make_no_sense_are_refused(
    side_packets: dict[str, Any], words: str
) -> None:
    with pytest.raises(GraphflowError, match=words):
        counted(**side_packets)
