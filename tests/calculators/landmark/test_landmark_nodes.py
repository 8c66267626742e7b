"""Refinement, letterbox removal, projections, splitting, copying, mean visibility, ROI."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from calculators.landmark.landmark_letterbox_removal import LandmarkLetterboxRemovalCalculator
from calculators.landmark.landmark_projection import LandmarkProjectionCalculator
from calculators.landmark.landmarks_to_roi import LandmarksToRoiCalculator
from calculators.landmark.mean_visibility import MeanVisibilityCalculator
from calculators.landmark.refine_landmarks_from_heatmap import RefineLandmarksFromHeatmapCalculator
from calculators.landmark.split_landmark_list import SplitLandmarkListCalculator
from calculators.landmark.split_normalized_landmark_list import (
    SplitNormalizedLandmarkListCalculator,
)
from calculators.landmark.visibility_copy import VisibilityCopyCalculator
from calculators.landmark.world_landmark_projection import WorldLandmarkProjectionCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner, OutputRecord


def points(*rows: tuple[float, ...]) -> Any:
    landmarks = np.zeros((len(rows), 5), np.float32)
    for index, row in enumerate(rows):
        landmarks[index, : len(row)] = row
    landmarks.setflags(write=False)
    return landmarks


def array(*values: float) -> Any:
    return np.array(values, np.float32)


def run(calculator: Any, output: str, options: dict[str, Any], **inputs: Any) -> OutputRecord:
    given = {tag: [Packet(value, 3)] for tag, value in inputs.items()}
    return CalculatorRunner(calculator, options=options).run(given)[output]


def heatmap(column: int, row: int) -> Any:
    logits = np.full((1, 8, 8, 1), -30.0, np.float32)
    logits[0, row, column, 0] = 30.0
    return (logits,)


def refine(landmarks: Any, tensors: Any, **options: Any) -> OutputRecord:
    return run(
        RefineLandmarksFromHeatmapCalculator,
        "NORM_LANDMARKS",
        options,
        NORM_LANDMARKS=landmarks,
        TENSORS=tensors,
    )


def test_a_landmark_moves_to_the_hot_cell_in_its_window() -> None:
    (refined,) = refine(points((0.5, 0.5)), heatmap(5, 3), kernel_size=3).values
    np.testing.assert_allclose(refined[0, :2], [5 / 8, 3 / 8], atol=1e-6)


def test_a_hot_cell_outside_the_window_has_no_pull() -> None:
    (refined,) = refine(points((0.5, 0.5)), heatmap(7, 4), kernel_size=3).values
    np.testing.assert_array_equal(refined[0, :2], [0.5, 0.5])


def test_refinement_needs_one_heat_map() -> None:
    with pytest.raises(CalculatorError, match="found 2 tensors; expected one heat map"):
        refine(points((0.5, 0.5)), heatmap(5, 3) * 2)


def test_an_even_window_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an odd number"):
        refine(points((0.5, 0.5)), heatmap(5, 3), kernel_size=8)


def test_letterbox_removal_stretches_landmarks() -> None:
    (landmarks,) = run(
        LandmarkLetterboxRemovalCalculator,
        "LANDMARKS",
        {},
        LANDMARKS=points((0.5, 0.25, 0.5)),
        LETTERBOX_PADDING=array(0.25, 0.0, 0.25, 0.0),
    ).values
    np.testing.assert_array_equal(landmarks[0, :3], [0.5, 0.25, 1.0])


RECT = array(0.5, 0.5, 0.2, 0.2, math.pi / 2)


def test_projection_turns_and_scales_about_the_regions_centre() -> None:
    given = {"NORM_LANDMARKS": points((1.0, 0.5, 1.0)), "NORM_RECT": RECT}
    (turned,) = run(LandmarkProjectionCalculator, "NORM_LANDMARKS", {}, **given).values
    np.testing.assert_allclose(turned[0, :3], [0.5, 0.6, 0.2], atol=1e-6)
    options = {"ignore_rotation": True}
    (upright,) = run(LandmarkProjectionCalculator, "NORM_LANDMARKS", options, **given).values
    np.testing.assert_allclose(upright[0, :3], [0.6, 0.5, 0.2], atol=1e-6)


def test_world_landmarks_turn_and_keep_their_metres() -> None:
    world = points((1.0, 0.0, 0.3))
    (turned,) = run(
        WorldLandmarkProjectionCalculator, "LANDMARKS", {}, LANDMARKS=world, NORM_RECT=RECT
    ).values
    np.testing.assert_allclose(turned[0, :3], [0.0, 1.0, 0.3], atol=1e-6)
    (same,) = run(WorldLandmarkProjectionCalculator, "LANDMARKS", {}, LANDMARKS=world).values
    np.testing.assert_array_equal(same, world)


@pytest.mark.parametrize(
    ("calculator", "output", "inputs"),
    [
        (
            RefineLandmarksFromHeatmapCalculator,
            "NORM_LANDMARKS",
            {"TENSORS": heatmap(1, 1)},
        ),
        (LandmarkLetterboxRemovalCalculator, "LANDMARKS", {"LETTERBOX_PADDING": array(0, 0, 0, 0)}),
        (LandmarkProjectionCalculator, "NORM_LANDMARKS", {"NORM_RECT": RECT}),
        (WorldLandmarkProjectionCalculator, "LANDMARKS", {"NORM_RECT": RECT}),
        (VisibilityCopyCalculator, "LANDMARKS_TO", {"LANDMARKS_TO": points((0, 0))}),
        (
            LandmarksToRoiCalculator,
            "NORM_RECT",
            {"IMAGE_SIZE": ImageSize(8, 8)},
        ),
    ],
)
def test_without_landmarks_there_is_nothing(calculator: Any, output: str, inputs: Any) -> None:
    options = {}
    if calculator is LandmarksToRoiCalculator:
        options = {"center_landmark_indices": [0], "direction_landmark_indices": [1]}
    assert run(calculator, output, options, **inputs).values == []


@pytest.mark.parametrize(
    "calculator", [SplitNormalizedLandmarkListCalculator, SplitLandmarkListCalculator]
)
def test_each_output_takes_its_range(calculator: Any) -> None:
    options = {"ranges": [{"begin": 0, "end": 2}, {"begin": 2, "end": 3}]}
    landmarks = points((1, 0), (2, 0), (3, 0), (4, 0))
    runner = CalculatorRunner(calculator, options=options, outputs=["", ":1"])
    outputs = runner.run({"": [Packet(landmarks, 0)]})
    np.testing.assert_array_equal(outputs[":0"].values[0], landmarks[:2])
    np.testing.assert_array_equal(outputs[":1"].values[0], landmarks[2:3])


@pytest.mark.parametrize(
    ("end", "outputs", "words"), [(5, [""], "expected at least 5"), (1, ["", ":1"], "1 ranges")]
)
def test_ranges_that_do_not_fit_are_told(end: int, outputs: list[str], words: str) -> None:
    runner = CalculatorRunner(
        SplitLandmarkListCalculator,
        options={"ranges": [{"begin": 0, "end": end}]},
        outputs=outputs,
    )
    with pytest.raises(CalculatorError, match=words):
        runner.run({"": [Packet(points((0, 0)), 0)]})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.5, 0.25]),
        ({"copy_presence": False}, [0.5, 0.0]),
        ({"copy_visibility": False}, [0.0, 0.25]),
    ],
)
def test_visibility_and_presence_are_copied(options: Any, expected: list[float]) -> None:
    (copied,) = run(
        VisibilityCopyCalculator,
        "LANDMARKS_TO",
        options,
        NORM_LANDMARKS_FROM=points((9, 9, 9, 0.5, 0.25)),
        LANDMARKS_TO=points((1, 2, 3)),
    ).values
    np.testing.assert_array_equal(copied[0], [1, 2, 3, *expected])


def test_mean_visibility_is_a_float() -> None:
    landmarks = points((0, 0, 0, 1.0), (0, 0, 0, 0.5))
    (score,) = run(MeanVisibilityCalculator, "FLOAT", {}, NORM_LANDMARKS=landmarks).values
    assert score == 0.75
    assert type(score) is float


BODY = {"center_landmark_indices": [0, 1], "direction_landmark_indices": [2]}


def roi(*rows: tuple[float, ...], options: Any = BODY) -> Any:
    return run(
        LandmarksToRoiCalculator,
        "NORM_RECT",
        options,
        NORM_LANDMARKS=points(*rows),
        IMAGE_SIZE=ImageSize(100, 200),
    ).values[0]


def test_the_roi_is_centred_and_reaches_the_farthest_landmark() -> None:
    # Mid-hip at (50, 100) px, shoulders above it, a foot 60 px below.
    found = roi((0.4, 0.5), (0.6, 0.5), (0.5, 0.4), (0.5, 0.8))
    np.testing.assert_allclose(found, [0.5, 0.5, 1.2, 0.6, 0.0], atol=1e-6)


def test_the_roi_leans_with_the_body() -> None:
    found = roi((0.4, 0.5), (0.6, 0.5), (0.9, 0.5))
    np.testing.assert_allclose(found[4], math.pi / 2, atol=1e-6)


def test_a_body_without_direction_stands_upright() -> None:
    found = roi((0.4, 0.5), (0.6, 0.5), (0.5, 0.5), (0.5, 0.8))
    np.testing.assert_allclose(found[4], 0.0, atol=1e-6)


def test_a_landmark_that_is_not_there_is_told() -> None:
    with pytest.raises(CalculatorError, match="found 2 landmarks"):
        roi((0.4, 0.5), (0.6, 0.5))
