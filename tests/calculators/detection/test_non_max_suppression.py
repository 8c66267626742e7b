"""NonMaxSuppressionCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.detection.non_max_suppression import NonMaxSuppressionCalculator
from calculators.types import Detections
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord

MakeBatch = Callable[..., Detections]


@pytest.fixture
def overlapping(batch: MakeBatch) -> Detections:
    """Two boxes that share most of their area, and one far away."""
    return batch(
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


def test_the_best_of_each_cluster_stays(overlapping: Detections) -> None:
    found = suppress(overlapping)
    assert found.timestamps == [7]
    (kept,) = found.values
    np.testing.assert_array_equal(kept.scores, np.array([1.0, 0.7], np.float32))
    np.testing.assert_array_equal(kept.boxes[0], overlapping.boxes[1])


def test_a_weighted_cluster_becomes_its_mean(overlapping: Detections) -> None:
    (kept,) = suppress(overlapping, algorithm="WEIGHTED").values
    np.testing.assert_allclose(kept.boxes[0], [0.04, 0.0, 0.4, 0.4], atol=1e-6)
    np.testing.assert_allclose(kept.keypoints[0], [[0.04, 0.0]], atol=1e-6)


# The two boxes share 0.34 x 0.4; their union and the rectangle around both are 0.46 x 0.4.
@pytest.mark.parametrize(
    ("overlap_type", "overlap"),
    [
        ("INTERSECTION_OVER_UNION", 0.34 / 0.46),
        ("JACCARD", 0.34 / 0.46),
        ("MODIFIED_JACCARD", 0.34 / 0.4),
    ],
)
@pytest.mark.parametrize("algorithm", ["DEFAULT", "WEIGHTED"])
def test_boxes_that_overlap_more_than_the_threshold_are_one(
    overlap_type: str, overlap: float, algorithm: str, overlapping: Detections
) -> None:
    def count(threshold: float) -> int:
        options = {"overlap_type": overlap_type, "algorithm": algorithm}
        (kept,) = suppress(overlapping, min_suppression_threshold=threshold, **options).values
        return len(kept)

    assert count(overlap - 0.01) == 2
    assert count(overlap + 0.01) == 3


def test_the_number_kept_is_limited(overlapping: Detections) -> None:
    (kept,) = suppress(overlapping, max_num_detections=1).values
    np.testing.assert_array_equal(kept.scores, [1.0])


@pytest.mark.parametrize("algorithm", ["DEFAULT", "WEIGHTED"])
def test_low_scores_are_not_considered(algorithm: str, overlapping: Detections) -> None:
    (kept,) = suppress(overlapping, algorithm=algorithm, min_score_threshold=0.8).values
    assert len(kept) == 1


def test_an_empty_batch_gives_none_unless_asked_for(batch: MakeBatch) -> None:
    found = suppress(batch())
    assert found.values == []
    (kept,) = suppress(batch(), return_empty_detections=True).values
    assert len(kept) == 0


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(NonMaxSuppressionCalculator) as runner:
        runner.advance("", 9)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == 9


@pytest.mark.parametrize(
    "options",
    [
        {"min_suppression_threshold": 1.1},
        {"min_suppression_threshold": -0.1},
        {"max_num_detections": -2},
        {"overlap_type": "AREA"},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], batch: MakeBatch) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        suppress(batch(), **options)
