"""SidePacketToStreamCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.side_packet_to_stream import SidePacketToStreamCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.timestamp import DONE, POSTSTREAM, PRESTREAM


def seen(output: OutputRecord) -> list[tuple[int, object]]:
    return list(zip(output.timestamps, output.values, strict=True))


@pytest.mark.parametrize(
    ("tag", "time"), [("AT_PRESTREAM", PRESTREAM), ("AT_POSTSTREAM", POSTSTREAM), ("AT_ZERO", 0)]
)
def test_the_tag_says_the_time(tag: str, time: int) -> None:
    outputs = CalculatorRunner(SidePacketToStreamCalculator, outputs=[tag]).run(
        side_packets={"": "side"}
    )
    assert seen(outputs[tag]) == [(time, "side")]
    assert outputs[tag].bound == DONE


def test_the_timestamp_is_a_side_packet() -> None:
    outputs = CalculatorRunner(SidePacketToStreamCalculator, outputs=["AT_TIMESTAMP"]).run(
        side_packets={"": "side", "TIMESTAMP": 42}
    )
    assert seen(outputs["AT_TIMESTAMP"]) == [(42, "side")]


def test_several_side_packets_go_to_outputs_by_position() -> None:
    runner = CalculatorRunner(SidePacketToStreamCalculator, outputs=["AT_ZERO", "AT_ZERO:1"])
    outputs = runner.run(side_packets={"": "first", ":1": "second"})
    assert seen(outputs["AT_ZERO"]) == [(0, "first")]
    assert seen(outputs["AT_ZERO:1"]) == [(0, "second")]


def test_every_tick_gets_the_side_packet() -> None:
    outputs = CalculatorRunner(SidePacketToStreamCalculator, outputs=["AT_TICK"]).run(
        {"TICK": [Packet(None, 10), Packet(None, 20)]}, side_packets={"": "side"}
    )
    assert seen(outputs["AT_TICK"]) == [(10, "side"), (20, "side")]


def test_the_bound_of_the_ticks_is_handed_on() -> None:
    with CalculatorRunner(
        SidePacketToStreamCalculator,
        inputs=["TICK"],
        outputs=["AT_TICK"],
        side_packets={"": "side"},
    ) as runner:
        runner.advance("TICK", 10)
        assert runner.outputs["AT_TICK"].bound == 10


def test_the_first_tick_ends_the_stream() -> None:
    with CalculatorRunner(
        SidePacketToStreamCalculator,
        inputs=["TICK"],
        outputs=["AT_FIRST_TICK"],
        side_packets={"": "side"},
    ) as runner:
        runner.add("TICK", None, 10)
        assert runner.outputs["AT_FIRST_TICK"].bound == DONE
        runner.add("TICK", None, 20)
        assert seen(runner.outputs["AT_FIRST_TICK"]) == [(10, "side")]


@pytest.mark.parametrize(
    ("inputs", "outputs", "side_packets", "words"),
    [
        # behaviour 251
        ([], ["AT_TICK"], {"": 1}, "found outputs AT_TICK and no input TICK"),
        ([], ["AT_FIRST_TICK"], {"": 1}, "found outputs AT_FIRST_TICK and no input TICK"),
        (["TICK"], ["AT_ZERO"], {"": 1}, "found outputs AT_ZERO and an input TICK"),
        ([], ["AT_TIMESTAMP"], {"": 1}, "found outputs AT_TIMESTAMP and no side packet TIMESTAMP"),
        ([], ["AT_ZERO"], {"": 1, "TIMESTAMP": 2}, "AT_ZERO and a side packet TIMESTAMP"),
        ([], ["AT_ZERO", "AT_PRESTREAM"], {"": 1}, "found outputs of AT_PRESTREAM and AT_ZERO"),
        ([], ["AT_NEVER"], {"": 1}, "found outputs of AT_NEVER; expected outputs of one tag"),
        ([], ["AT_ZERO", "AT_ZERO:1"], {"": 1}, "found 1 side packets for 2 outputs"),
        ([], ["AT_ZERO"], {"": 1, ":1": 2}, "found 2 side packets for 1 outputs"),
    ],
)
def test_connections_that_make_no_sense_are_refused(
    inputs: list[str], outputs: list[str], side_packets: dict[str, Any], words: str
) -> None:
    with pytest.raises(GraphflowError, match=words):
        CalculatorRunner(SidePacketToStreamCalculator, inputs=inputs, outputs=outputs).run(
            side_packets=side_packets
        )
