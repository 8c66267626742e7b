"""StringToIntCalculator."""

from __future__ import annotations

import pytest

from calculators.core.string_to_int import StringToIntCalculator
from graphflow import GraphflowError
from graphflow.testing import CalculatorRunner


def read(text: str) -> object:
    return CalculatorRunner(StringToIntCalculator).run(side_packets={"": text}).side[":0"]


@pytest.mark.parametrize(
    ("text", "number"), [("42", 42), (" -7\n", -7), ("+0", 0), ("2147483647", 2147483647)]
)
def test_integers_are_read(text: str, number: int) -> None:
    assert read(text) == number


@pytest.mark.parametrize("text", ["", "4.0", "1_000", "0x10", "٣", "2147483648", "-2147483649"])
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(GraphflowError, match=f'found "{text}"; expected an integer'):
        read(text)
