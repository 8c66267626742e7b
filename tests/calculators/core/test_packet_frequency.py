"""PacketFrequencyCalculator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from calculators.core.packet_frequency import PacketFrequency, PacketFrequencyCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError


def frequencies(times: Sequence[int], **options: Any) -> list[float]:
    outputs = CalculatorRunner(PacketFrequencyCalculator, options=options).run(
        {"": [Packet(None, time) for time in times]}
    )
    assert outputs[""].timestamps == list(times)
    return [each.packet_frequency_hz for each in outputs[""].values]


def test_the_first_packet_has_no_frequency_and_the_next_ones_that_of_the_gaps() -> None:
    assert frequencies([500_000, 600_000, 700_000, 1_000_000]) == [0.0, 10.0, 10.0, 6.0]


def test_only_the_window_counts() -> None:
    assert frequencies([0, 100_000, 500_000, 1_500_000, 1_600_000], time_window_sec=1.0) == [
        0.0, 10.0, 4.0, 1.0, 10.0
    ]  # fmt: skip
    assert frequencies([0, 2_000_000], time_window_sec=1.0) == [0.0, 0.0]


def test_each_stream_has_its_own_frequency_and_label() -> None:
    runner = CalculatorRunner(
        PacketFrequencyCalculator,
        inputs=[":0", ":1"],
        outputs=[":0", ":1"],
        options={"label": ["left", "right"]},
    )
    with runner:
        runner.add(":0", "a", 0)
        runner.add(":0", "a", 250_000)
        assert runner.outputs[":0"].values == [
            PacketFrequency(0.0, "left"),
            PacketFrequency(4.0, "left"),
        ]  # without waiting for the other stream
        runner.add(":1", "b", 7)
    assert runner.outputs[":1"].values == [PacketFrequency(0.0, "right")]


@pytest.mark.parametrize(
    ("outputs", "label", "words"),
    [
        ([":0"], [], "found 2 inputs, 1 outputs and 0 labels"),
        ([":0", ":1"], ["one"], "found 2 inputs, 2 outputs and 1 labels"),
    ],
)
def test_inputs_outputs_and_labels_must_be_as_many(
    outputs: list[str], label: list[str], words: str
) -> None:
    runner = CalculatorRunner(
        PacketFrequencyCalculator, inputs=[":0", ":1"], outputs=outputs, options={"label": label}
    )
    with pytest.raises(CalculatorError, match=words):
        runner.run()
