"""LandmarksSmoothingCalculator: what it filters, and what a gap does to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.kernels.one_euro import OneEuroFilter
from calculators.landmark.landmarks_smoothing import LandmarksSmoothingCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError
from tests.calculators.settling import check_settles_without

FRAME_US = 33_333
SIZE = ImageSize(640, 480)
ONE_EURO = {"one_euro_filter": {"min_cutoff": 0.05, "beta": 80.0}}
ROI = np.array([0.5, 0.5, 0.5, 0.5, 0.0], np.float32)


def landmarks(x: float, visibility: float = 0.5) -> Any:
    values = np.full((2, 5), x, np.float32)
    values[1, :2] += np.float32(0.25)
    values[:, 3] = visibility
    values.setflags(write=False)
    return values


def frames(*values: Any) -> list[Packet]:
    """One packet for each value, a frame apart; None leaves the frame out."""
    return [
        Packet(value, index * FRAME_US + 1)
        for index, value in enumerate(values)
        if value is not None
    ]


def smooth(options: Any, *values: Any, with_roi: bool = False, **side_packets: Any) -> list[Any]:
    inputs = {"NORM_LANDMARKS": frames(*values), "IMAGE_SIZE": frames(*[SIZE] * len(values))}
    if with_roi:
        inputs["OBJECT_SCALE_ROI"] = frames(*[ROI] * len(values))
    runner = CalculatorRunner(
        LandmarksSmoothingCalculator, options=options, outputs=["NORM_FILTERED_LANDMARKS"]
    )
    return runner.run(inputs, side_packets=side_packets)["NORM_FILTERED_LANDMARKS"].values


def smooth_world(options: Any, *values: Any) -> list[Any]:
    runner = CalculatorRunner(
        LandmarksSmoothingCalculator,
        options=options,
        inputs=["LANDMARKS"],
        outputs=["FILTERED_LANDMARKS"],
    )
    return runner.run({"LANDMARKS": frames(*values)})["FILTERED_LANDMARKS"].values


def test_coordinates_are_filtered_in_pixels_by_the_objects_size() -> None:
    given = [landmarks(0.4), landmarks(0.5)]
    found = smooth(ONE_EURO, *given, with_roi=True)
    kernel = OneEuroFilter(min_cutoff=0.05, beta=80.0)
    to_pixels = np.array([640, 480, 640], np.float32)
    scale = np.float32(1) / np.float32((0.5 * 640 + 0.5 * 480) / 2)
    for index, (each, result) in enumerate(zip(given, found, strict=True)):
        pixels = kernel.apply(each[:, :3] * to_pixels, index * FRAME_US + 1, scale)
        np.testing.assert_array_equal(result[:, :3], pixels / to_pixels)
        np.testing.assert_array_equal(result[:, 3:], each[:, 3:])


def test_without_a_region_the_landmarks_box_gives_the_size() -> None:
    given = landmarks(0.4), landmarks(0.5)
    with_box = smooth(ONE_EURO, *given)[1]
    with_roi = smooth(ONE_EURO, *given, with_roi=True)[1]
    assert not np.array_equal(with_box, with_roi)


def test_a_gap_makes_pixel_filters_forget() -> None:
    found = smooth(ONE_EURO, landmarks(0.4), None, landmarks(0.5))
    fresh = smooth(ONE_EURO, landmarks(0.5))
    np.testing.assert_array_equal(found[1], fresh[0])


def test_a_gap_changes_nothing_for_world_filters() -> None:
    options = {"one_euro_filter": {"min_cutoff": 0.1, "beta": 40.0, "disable_value_scaling": True}}
    found = smooth_world(options, landmarks(0.4), None, landmarks(0.5))
    kernel = OneEuroFilter(min_cutoff=0.1, beta=40.0)
    kernel.apply(landmarks(0.4)[:, :3], 1)
    expected = kernel.apply(landmarks(0.5)[:, :3], 2 * FRAME_US + 1)
    np.testing.assert_array_equal(found[1][:, :3], expected)
    assert not np.array_equal(found[1][:, :3], landmarks(0.5)[:, :3])


def test_without_a_filter_coordinates_still_go_to_pixels_and_back() -> None:
    given = landmarks(0.1234567)
    (found,) = smooth({"no_filter": {}}, given)
    to_pixels = np.array([640, 480, 640], np.float32)
    np.testing.assert_array_equal(found[:, :3], given[:, :3] * to_pixels / to_pixels)


def test_switched_off_is_no_filter() -> None:
    given = landmarks(0.4), landmarks(0.5)
    off = smooth(ONE_EURO, *given, ENABLE=False)
    for found, expected in zip(off, smooth({"no_filter": {}}, *given), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_tiny_object_passes_as_it_is() -> None:
    point = np.full((1, 5), 0.5, np.float32)
    found = smooth(ONE_EURO, point, point + np.float32(0.25))
    np.testing.assert_array_equal(found[1], point + np.float32(0.25))


def test_the_velocity_filter_follows_fast_movement_and_holds_slow() -> None:
    options = {"velocity_filter": {"window_size": 5, "velocity_scale": 10.0}}
    slow = smooth(options, landmarks(0.4), landmarks(0.4001))[1][0, 0]
    fast = smooth(options, landmarks(0.4), landmarks(0.6))[1][0, 0]
    assert (slow - 0.4) / 0.0001 < 0.5
    assert (fast - 0.4) / 0.2 > 0.9


@pytest.mark.parametrize("options", [{}, {"no_filter": {}, **ONE_EURO}])
def test_exactly_one_filter_is_chosen(options: Any) -> None:
    with pytest.raises(ValueError, match="expected exactly one of no_filter"):
        smooth(options, landmarks(0.4))


def test_image_landmarks_need_the_image_size() -> None:
    runner = CalculatorRunner(
        LandmarksSmoothingCalculator, options=ONE_EURO, outputs=["NORM_FILTERED_LANDMARKS"]
    )
    with pytest.raises(ContractError, match="expected either NORM_LANDMARKS, IMAGE_SIZE"):
        runner.run({"NORM_LANDMARKS": []})


def test_without_value_scaling_the_objects_size_does_not_count() -> None:
    options = {"one_euro_filter": {**ONE_EURO["one_euro_filter"], "disable_value_scaling": True}}
    given = landmarks(0.4), landmarks(0.5)
    with_box = smooth(options, *given)[1]
    np.testing.assert_array_equal(with_box, smooth(options, *given, with_roi=True)[1])
    assert not np.array_equal(with_box, smooth(ONE_EURO, *given)[1])


def test_what_is_tiny_is_an_option() -> None:
    # The box of the two landmarks is 160 x 120 px: its mean side is 140 px.
    def second(least_px: float) -> Any:
        options = {"velocity_filter": {"min_allowed_object_scale": least_px}}
        return smooth(options, landmarks(0.4), landmarks(0.5))[1][0, 0]

    assert second(141.0) == pytest.approx(0.5, abs=1e-6)
    assert second(139.0) != pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS", "IMAGE_SIZE"])
def test_without_landmarks_or_size_the_time_is_settled(missing: str) -> None:
    given = {"NORM_LANDMARKS": landmarks(0.4), "IMAGE_SIZE": SIZE}
    with CalculatorRunner(
        LandmarksSmoothingCalculator,
        options=ONE_EURO,
        inputs=list(given),
        outputs=["NORM_FILTERED_LANDMARKS"],
    ) as runner:
        check_settles_without(missing, runner, given, "NORM_FILTERED_LANDMARKS")


def test_a_gap_without_a_filter_is_only_a_gap() -> None:
    found = smooth({"no_filter": {}}, landmarks(0.4), None, landmarks(0.5))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"one_euro_filter": {"min_cutoff": 0.0}}, "min_cutoff"),
        ({"one_euro_filter": {"frequency": 0.0}}, "frequency"),
        ({"velocity_filter": {"window_size": 0}}, "window_size"),
        ({"velocity_filter": {"min_allowed_object_scale": -1.0}}, "min_allowed_object_scale"),
    ],
)
def test_options_out_of_range_are_refused(options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        smooth(options, landmarks(0.4))


def test_world_landmarks_take_no_image_size() -> None:
    runner = CalculatorRunner(
        LandmarksSmoothingCalculator,
        options=ONE_EURO,
        inputs=["LANDMARKS", "IMAGE_SIZE"],
        outputs=["FILTERED_LANDMARKS"],
    )
    with pytest.raises(ContractError, match="or LANDMARKS and FILTERED_LANDMARKS"):
        runner.run({"LANDMARKS": []})


def test_a_world_without_landmarks_is_survived_under_another_policy() -> None:
    runner = CalculatorRunner(
        LandmarksSmoothingCalculator,
        options=ONE_EURO,
        inputs=["LANDMARKS"],
        outputs=["FILTERED_LANDMARKS"],
        policy=ImmediatePolicy(),
    )
    outputs = runner.run({"LANDMARKS": []})
    assert outputs["FILTERED_LANDMARKS"].values == []
