"""What nodes do at times at which not all of their inputs have a packet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.testing import CalculatorRunner


def check_settles_without(
    missing: str, runner: CalculatorRunner, given: Mapping[str, Any], output: str
) -> None:
    """See that a time without one of the inputs gives no packet, and keeps nobody waiting."""
    for tag, value in given.items():
        if tag == missing:
            runner.advance(tag, 8)
        else:
            runner.add(tag, value, 7)
    assert runner.outputs[output].values == []
    assert runner.outputs[output].bound == 8
