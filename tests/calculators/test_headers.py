"""Nodes that pass streams on pass their headers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from calculators.core.mux import MuxCalculator
from calculators.core.packet_inner_join import PacketInnerJoinCalculator
from calculators.core.packet_thinner import PacketThinnerCalculator
from calculators.core.sequence_shift import SequenceShiftCalculator
from calculators.flow.gate import GateCalculator
from calculators.flow.pass_through import PassThroughCalculator
from calculators.types import VideoHeader
from graphflow.testing import CalculatorRunner

VIDEO = VideoHeader(64, 48, Fraction(500_000), 10, None)


@pytest.mark.parametrize(
    ("calculator", "inputs", "side_packets", "source", "target"),
    [
        (PassThroughCalculator, ["", "B"], {}, "B", "B"),
        (GateCalculator, ["", "B"], {"ALLOW": True}, "B", "B"),
        (GateCalculator, ["", "B"], {"ALLOW": False}, "B", "B"),
        (PacketInnerJoinCalculator, ["", "B"], {}, "B", "B"),
        (SequenceShiftCalculator, [""], {}, "", ""),
        (PacketThinnerCalculator, [""], {}, "", ""),
        (MuxCalculator, ["INPUT", "SELECT"], {}, "INPUT", "OUTPUT"),
    ],
)
def test_a_header_is_passed(
    calculator: Any, inputs: list[str], side_packets: dict[str, Any], source: str, target: str
) -> None:
    runner = CalculatorRunner(
        calculator,
        inputs=inputs,
        headers={source: "said of all"},
        side_packets=side_packets,
        outputs=[target] if len(inputs) == 1 or target == "OUTPUT" else inputs,
    )
    assert runner.run()[target].header == "said of all"


@pytest.mark.parametrize(("updates", "rate"), [(True, 1_000_000 / 6), (False, 500_000)])
def test_the_thinner_updates_the_frame_rate_where_wanted(updates: bool, rate: float) -> None:
    # behaviour 243
    outputs = CalculatorRunner(
        PacketThinnerCalculator,
        options={"period": 5, "update_frame_rate": updates},
        headers={"": VIDEO},
    ).run()
    header = outputs[""].header
    assert float(header.frame_rate) == pytest.approx(rate)
    assert replace(header, frame_rate=None, frame_count=None) == replace(
        VIDEO, frame_rate=None, frame_count=None
    )
