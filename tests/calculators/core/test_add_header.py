from __future__ import annotations

import pytest

from calculators.core.add_header import AddHeaderCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, ContractError

DATA = [Packet(number, number) for number in range(3)]


def test_the_header_of_the_other_stream_is_passed() -> None:
    headers = {"HEADER": "my header", "DATA": "other"}
    runner = CalculatorRunner(AddHeaderCalculator, inputs=["DATA", "HEADER"], headers=headers)
    outputs = runner.run({"DATA": DATA})
    assert outputs[""].header == "my header"
    assert outputs[""].packets == DATA


def test_without_a_header_there_is_none() -> None:
    outputs = CalculatorRunner(AddHeaderCalculator).run({"DATA": DATA, "HEADER": []})
    assert outputs[""].header is None
    assert outputs[""].timestamps == [0, 1, 2]


def test_a_packet_on_the_header_s_stream_is_told() -> None:
    with pytest.raises(CalculatorError, match="found a packet on HEADER"):
        CalculatorRunner(AddHeaderCalculator).run({"HEADER": [Packet(1, 0)]})


def test_a_side_packet_may_be_the_header() -> None:
    runner = CalculatorRunner(AddHeaderCalculator, side_packets={"HEADER": "my header"})
    outputs = runner.run({"DATA": DATA})
    assert outputs[""].header == "my header"
    assert outputs[""].packets == DATA


def test_the_header_comes_from_one_place() -> None:
    with pytest.raises(ContractError, match="found neither stream nor side packet HEADER"):
        CalculatorRunner(AddHeaderCalculator).run({"DATA": DATA})
    runner = CalculatorRunner(AddHeaderCalculator, side_packets={"HEADER": "my header"})
    with pytest.raises(ContractError, match="found a stream and a side packet HEADER"):
        runner.run({"DATA": DATA, "HEADER": []})
