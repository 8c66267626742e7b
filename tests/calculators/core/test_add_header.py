from __future__ import annotations

import pytest

from calculators.core.add_header import AddHeaderCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError

DATA = [Packet(number, number) for number in range(3)]


def test_the_header_of_the_other_stream_is_passed() -> None:
    runner = CalculatorRunner(AddHeaderCalculator, headers={"HEADER": "my header", "DATA": "other"})
    outputs = runner.run({"DATA": DATA})
    assert outputs[""].header == "my header"
    assert outputs[""].packets == DATA


def test_without_a_header_there_is_none() -> None:
    outputs = CalculatorRunner(AddHeaderCalculator).run({"DATA": DATA})
    assert outputs[""].header is None
    assert outputs[""].timestamps == [0, 1, 2]


def test_a_packet_on_the_header_s_stream_is_told() -> None:
    with pytest.raises(CalculatorError, match="found a packet on HEADER"):
        CalculatorRunner(AddHeaderCalculator).run({"HEADER": [Packet(1, 0)]})
