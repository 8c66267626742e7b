"""ConstantSidePacketCalculator."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from calculators.core.constant_side_packet import ConstantSidePacketCalculator
from graphflow import Graph, GraphflowError
from graphflow.testing import CalculatorRunner


def constants(*packets: dict[str, Any], output_count: int | None = None) -> list[Any]:
    count = len(packets) if output_count is None else output_count
    runner = CalculatorRunner(
        ConstantSidePacketCalculator,
        options={"packet": packets},
        side_outputs=[f"PACKET:{index}" for index in range(count)],
    )
    return list(runner.run().side.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("int_value", -2),
        ("int64_value", 1 << 40),
        ("uint64_value", (1 << 64) - 1),
        ("float_value", 0.5),
        ("double_value", 0.25),
        ("bool_value", False),
        ("string_value", ""),
    ],
)
def test_the_field_says_the_type(field: str, value: Any) -> None:
    # behaviour 253
    (constant,) = constants({field: value})
    assert constant == value
    assert type(constant) is type(value)


def test_there_is_one_side_packet_for_each_constant() -> None:
    # behaviour 253
    assert constants({"int_value": 256}, {"bool_value": True}) == [256, True]


@pytest.mark.parametrize(
    ("output_count", "words"),
    [(1, "found 2 constants for 1 side outputs"), (3, "found 2 constants for 3 side outputs")],
)
def test_other_numbers_of_constants_and_outputs_are_refused(output_count: int, words: str) -> None:
    # behaviour 253
    with pytest.raises(GraphflowError, match=words):
        constants({"int_value": 1}, {"int_value": 2}, output_count=output_count)


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        ({}, "found no value; expected exactly one"),
        ({"int_value": 1, "bool_value": True}, "found int_value and bool_value"),
        ({"int_value": 1 << 31}, "less than or equal to 2147483647"),
    ],
)
def test_a_constant_has_one_value_that_fits(packet: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        constants(packet)


def test_constants_can_be_written_into_a_graph() -> None:
    graph = Graph.from_text(
        "output_side_packet: [count, name]\nnode:\n"
        "  - calculator: ConstantSidePacketCalculator\n"
        '    output_side_packet: ["PACKET:0:count", "PACKET:1:name"]\n'
        "    options: {packet: [{int_value: 3}, {string_value: pose}]}\n"
    )
    graph.run()
    assert (graph.side_packet("count"), graph.side_packet("name")) == (3, "pose")
