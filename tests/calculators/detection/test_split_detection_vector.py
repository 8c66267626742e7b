"""SplitDetectionVectorCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.detection.split_detection_vector import SplitDetectionVectorCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs
from graphflow.words.errors import ContractError


@pytest.fixture
def three(batch: Callable[..., Detections]) -> Detections:
    return batch(
        (0.9, (0.0, 0.0, 0.4, 0.4)), (0.8, (0.1, 0.0, 0.4, 0.4)), (0.7, (0.8, 0.8, 0.1, 0.1))
    )


def split(detections: Detections, ranges: list[tuple[int, int]], **options: Any) -> Outputs:
    runner = CalculatorRunner(
        SplitDetectionVectorCalculator,
        options={"ranges": [{"begin": begin, "end": end} for begin, end in ranges], **options},
        outputs=["", ":1"][: len(ranges)],
    )
    return runner.run({"": [Packet(detections, 5)]})


def test_the_first_detection_comes_alone(three: Detections) -> None:
    outputs = split(three, [(0, 1)], element_only=True)
    assert outputs[""].timestamps == [5]
    (detection,) = outputs[""].values
    assert detection.score == pytest.approx(0.9)
    np.testing.assert_array_equal(detection.box, three.boxes[0])
    np.testing.assert_array_equal(detection.keypoints, three.keypoints[0])


def test_each_output_takes_its_range(three: Detections) -> None:
    outputs = split(three, [(0, 1), (1, 3)])
    np.testing.assert_array_equal(outputs[":0"].values[0].scores, three.scores[:1])
    (rest,) = outputs[":1"].values
    np.testing.assert_array_equal(rest.boxes, three.boxes[1:])
    np.testing.assert_array_equal(rest.keypoints, three.keypoints[1:])


@pytest.mark.parametrize("is_alone", [False, True])
def test_a_range_beyond_the_end_gives_nothing_and_settles_the_time(
    is_alone: bool, three: Detections
) -> None:
    with CalculatorRunner(
        SplitDetectionVectorCalculator,
        options={"ranges": [{"begin": 3, "end": 4}], "element_only": is_alone},
    ) as runner:
        runner.add("", three, 5)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == 6


def test_a_gap_settles_its_time_on_every_output() -> None:
    ranges = [{"begin": 0, "end": 1}, {"begin": 1, "end": 2}]
    with CalculatorRunner(
        SplitDetectionVectorCalculator, options={"ranges": ranges}, outputs=["", ":1"]
    ) as runner:
        runner.advance("", 9)
        assert [runner.outputs[port].bound for port in ("", ":1")] == [9, 9]


def test_each_output_needs_a_range(three: Detections) -> None:
    options = {"ranges": [{"begin": 0, "end": 1}] * 2}
    runner = CalculatorRunner(SplitDetectionVectorCalculator, options=options, outputs=[""])
    with pytest.raises(ContractError, match="found 2 ranges for 1 outputs"):
        runner.run({"": [Packet(three, 0)]})


def test_only_ranges_of_one_give_detections_alone(three: Detections) -> None:
    with pytest.raises(ContractError, match="one detection each"):
        split(three, [(0, 2)], element_only=True)


def test_without_ranges_the_options_are_refused(three: Detections) -> None:
    with pytest.raises(ValueError, match="ranges"):
        split(three, [])
