"""SequenceShiftCalculator."""

from __future__ import annotations

import pytest

from calculators.core.sequence_shift import SequenceShiftCalculator
from graphflow import Packet
from graphflow.loading import plan_from_text
from graphflow.testing import CalculatorRunner


def shifted(offset: int) -> list[tuple[int, object]]:
    runner = CalculatorRunner(SequenceShiftCalculator, options={"packet_offset": offset})
    output = runner.run({"": [Packet(f"packet{time}", time) for time in (10, 20, 30, 40)]})[""]
    return list(zip(output.timestamps, output.values, strict=True))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0, [(10, "packet10"), (20, "packet20"), (30, "packet30"), (40, "packet40")]),
        (-1, [(10, "packet20"), (20, "packet30"), (30, "packet40")]),
        (-2, [(10, "packet30"), (20, "packet40")]),
        (1, [(20, "packet10"), (30, "packet20"), (40, "packet30")]),
        (3, [(40, "packet10")]),
        (5, []),
        (-5, []),
    ],
)
def test_each_packet_comes_at_the_time_of_its_neighbour(
    offset: int, expected: list[tuple[int, object]]
) -> None:
    assert shifted(offset) == expected


def test_the_packet_before_is_the_default() -> None:
    outputs = CalculatorRunner(SequenceShiftCalculator).run({"": [Packet("a", 1), Packet("b", 2)]})
    assert outputs[""].values == ["b"]
    assert outputs[""].timestamps == [1]


@pytest.mark.parametrize(("offset", "bounds"), [(0, (11, 15)), (2, (11, 15)), (-1, (10, 10))])
def test_what_can_no_longer_come_is_settled(offset: int, bounds: tuple[int, int]) -> None:
    with CalculatorRunner(SequenceShiftCalculator, options={"packet_offset": offset}) as runner:
        runner.add("", "a", 10)
        after_packet = runner.outputs[""].bound
        runner.advance("", 15)
        assert (after_packet, runner.outputs[""].bound) == bounds


@pytest.mark.parametrize(("offset", "promise"), [(-2, None), (0, 0), (1, 0)])
def test_only_packets_that_go_out_late_have_the_inputs_times(
    offset: int, promise: int | None
) -> None:
    plan = plan_from_text(f"""
        input_stream: [a]
        node:
          - calculator: SequenceShiftCalculator
            input_stream: [a]
            output_stream: [b]
            options: {{packet_offset: {offset}}}
        """)
    assert plan.nodes[0].offset == promise
