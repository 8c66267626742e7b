"""RefineLandmarksFromHeatmapCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.refine_landmarks_from_heatmap import RefineLandmarksFromHeatmapCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord, make_read_only
from graphflow.words.errors import CalculatorError
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]


def heatmap(column: int, row: int, logit: float = 30.0) -> Any:
    """One landmark's map of 8 x 8 cells, of which one is hot."""
    logits = np.full((1, 8, 8, 1), -30.0, np.float32)
    logits[0, row, column, 0] = logit
    return (make_read_only(logits),)


def refine(landmarks: Any, tensors: Any, **options: Any) -> OutputRecord:
    runner = CalculatorRunner(RefineLandmarksFromHeatmapCalculator, options=options)
    return runner.run({"NORM_LANDMARKS": [Packet(landmarks, 3)], "TENSORS": [Packet(tensors, 3)]})[
        "NORM_LANDMARKS"
    ]


def test_a_landmark_moves_to_the_hot_cell_in_its_window(points: MakePoints) -> None:
    found = refine(points((0.5, 0.5, 0.25)), heatmap(5, 3), kernel_size=3)
    assert found.timestamps == [3]
    np.testing.assert_allclose(found.values[0][0, :3], [5 / 8, 3 / 8, 0.25], atol=1e-6)


def test_a_hot_cell_outside_the_window_has_no_pull(points: MakePoints) -> None:
    (refined,) = refine(points((0.5, 0.5)), heatmap(7, 4), kernel_size=3).values
    np.testing.assert_array_equal(refined[0, :2], [0.5, 0.5])


@pytest.mark.parametrize(("least", "is_moved"), [(0.7, True), (0.8, False)])
def test_only_a_confident_map_moves_its_landmark(
    least: float, is_moved: bool, points: MakePoints
) -> None:
    # A logit of 1 is a confidence of 0.73.
    options = {"kernel_size": 3, "min_confidence_to_refine": least}
    (refined,) = refine(points((0.5, 0.5)), heatmap(5, 3, logit=1.0), **options).values
    assert bool(refined[0, 0] != 0.5) is is_moved


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1.0, 1.0]),
        ({"refine_visibility": True}, [0.7310586, 1.0]),
        ({"refine_presence": True}, [1.0, 0.7310586]),
    ],
)
def test_visibility_and_presence_are_limited_where_asked_for(
    options: dict[str, bool], expected: list[float], points: MakePoints
) -> None:
    landmarks = points((0.5, 0.5, 0.0, 1.0, 1.0))
    (refined,) = refine(landmarks, heatmap(5, 3, logit=1.0), kernel_size=3, **options).values
    np.testing.assert_allclose(refined[0, 3:], expected, atol=1e-6)


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS", "TENSORS"])
def test_without_landmarks_or_map_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"NORM_LANDMARKS": points((0.5, 0.5)), "TENSORS": heatmap(1, 1)}
    with CalculatorRunner(RefineLandmarksFromHeatmapCalculator) as runner:
        check_settles_without(missing, runner, given, "NORM_LANDMARKS")


def test_two_heat_maps_are_refused(points: MakePoints) -> None:
    with pytest.raises(CalculatorError, match="found 2 tensors; expected one heat map"):
        refine(points((0.5, 0.5)), heatmap(5, 3) * 2)


def test_a_map_of_other_landmarks_is_told(points: MakePoints) -> None:
    with pytest.raises(CalculatorError, match=r"\(1, 8, 8, 1\)"):
        refine(points((0.5, 0.5), (0.5, 0.5)), heatmap(5, 3))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kernel_size": 8}, "expected an odd number"),
        ({"kernel_size": 0}, "kernel_size"),
        ({"min_confidence_to_refine": 1.5}, "min_confidence_to_refine"),
    ],
)
def test_options_out_of_range_are_refused(
    options: dict[str, Any], words: str, points: MakePoints
) -> None:
    with pytest.raises(ValueError, match=words):
        refine(points((0.5, 0.5)), heatmap(5, 3), **options)
