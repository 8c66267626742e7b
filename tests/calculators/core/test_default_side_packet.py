"""DefaultSidePacketCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.default_side_packet import DefaultSidePacketCalculator
from graphflow.testing import CalculatorRunner


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "default"), ({"OPTIONAL_VALUE": "wanted"}, "wanted"), ({"OPTIONAL_VALUE": False}, False)],
)
def test_the_default_holds_where_nothing_is_given(given: dict[str, Any], expected: Any) -> None:
    runner = CalculatorRunner(DefaultSidePacketCalculator)
    outputs = runner.run(side_packets={"DEFAULT_VALUE": "default", **given})
    assert outputs.side["VALUE"] == expected
