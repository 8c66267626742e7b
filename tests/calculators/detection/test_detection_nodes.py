"""NonMaxSuppression, DetectionLetterboxRemoval and SplitDetectionVector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.detection.detection_letterbox_removal import DetectionLetterboxRemovalCalculator
from calculators.detection.non_max_suppression import NonMaxSuppressionCalculator
from calculators.detection.split_detection_vector import SplitDetectionVectorCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner, OutputRecord


def batch(*scored_boxes: tuple[float, tuple[float, float, float, float]]) -> Detections:
    count = len(scored_boxes)
    return Detections(
        np.array([score for score, _ in scored_boxes], np.float32),
        np.array([box for _, box in scored_boxes], np.float32).reshape(count, 4),
        np.array([[box[:2]] for _, box in scored_boxes], np.float32).reshape(count, 1, 2),
    )


OVERLAPPING = batch(
    (0.5, (0.0, 0.0, 0.4, 0.4)), (1.0, (0.06, 0.0, 0.4, 0.4)), (0.7, (0.8, 0.8, 0.1, 0.1))
)


def suppress(detections: Detections, **options: Any) -> OutputRecord:
    chosen = {
        "min_suppression_threshold": 0.3,
        "overlap_type": "INTERSECTION_OVER_UNION",
        **options,
    }
    runner = CalculatorRunner(NonMaxSuppressionCalculator, options=chosen)
    return runner.run({"": [Packet(detections, 7)]})[""]


def test_the_best_of_each_cluster_stays() -> None:
    (kept,) = suppress(OVERLAPPING).values
    np.testing.assert_array_equal(kept.scores, np.array([1.0, 0.7], np.float32))
    np.testing.assert_array_equal(kept.boxes[0], OVERLAPPING.boxes[1])


def test_a_weighted_cluster_becomes_its_mean() -> None:
    (kept,) = suppress(OVERLAPPING, algorithm="WEIGHTED").values
    np.testing.assert_allclose(kept.boxes[0], [0.04, 0.0, 0.4, 0.4], atol=1e-6)
    np.testing.assert_allclose(kept.keypoints[0], [[0.04, 0.0]], atol=1e-6)


def test_the_number_kept_is_limited() -> None:
    (kept,) = suppress(OVERLAPPING, max_num_detections=1).values
    assert len(kept) == 1


def test_an_empty_batch_gives_none_unless_asked_for() -> None:
    assert suppress(batch()).values == []
    (kept,) = suppress(batch(), return_empty_detections=True).values
    assert len(kept) == 0


def test_letterbox_removal_stretches_what_lies_between_the_borders() -> None:
    padding = np.array([0.0, 0.25, 0.0, 0.25], np.float32)
    outputs = CalculatorRunner(DetectionLetterboxRemovalCalculator).run(
        {
            "DETECTIONS": [Packet(batch((1.0, (0.1, 0.25, 0.2, 0.5))), 0)],
            "LETTERBOX_PADDING": [Packet(padding, 0), Packet(padding, 1)],
        }
    )
    assert outputs["DETECTIONS"].timestamps == [0]
    np.testing.assert_allclose(outputs["DETECTIONS"].values[0].boxes, [[0.1, 0.0, 0.2, 1.0]])


def split(detections: Detections, outputs: list[str], **options: Any) -> Any:
    runner = CalculatorRunner(SplitDetectionVectorCalculator, options=options, outputs=outputs)
    return runner.run({"": [Packet(detections, 0)]})


def test_the_first_detection_comes_alone() -> None:
    outputs = split(OVERLAPPING, [""], ranges=[{"begin": 0, "end": 1}], element_only=True)
    (detection,) = outputs[""].values
    assert detection.score == 0.5
    np.testing.assert_array_equal(detection.box, OVERLAPPING.boxes[0])


def test_ranges_give_batches_and_what_is_not_there_gives_nothing() -> None:
    ranges = [{"begin": 1, "end": 3}, {"begin": 3, "end": 4}]
    outputs = split(OVERLAPPING, ["", ":1"], ranges=ranges)
    (rest,) = outputs[":0"].values
    assert len(rest) == 2
    assert outputs[":1"].values == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ranges": [{"begin": 0, "end": 1}] * 2}, "2 ranges for 1 outputs"),
        ({"ranges": [{"begin": 0, "end": 2}], "element_only": True}, "one detection each"),
    ],
)
def test_ranges_that_do_not_fit_are_told(options: dict[str, Any], words: str) -> None:
    with pytest.raises(CalculatorError, match=words):
        split(OVERLAPPING, [""], **options)


def test_a_range_must_rise() -> None:
    with pytest.raises(ValueError, match="expected begin < end"):
        split(OVERLAPPING, [""], ranges=[{"begin": 1, "end": 1}])
