"""ImageToTensorCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from calculators.tensor.image_to_tensor import ImageToTensorCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, Outputs

OPTIONS: dict[str, Any] = {
    "output_tensor_width": 8,
    "output_tensor_height": 8,
    "keep_aspect_ratio": True,
    "output_tensor_float_range": {"min": -1.0, "max": 1.0},
}


def image(height: int = 4, width: int = 8, value: int = 255) -> npt.NDArray[np.uint8]:
    pixels = np.full((height, width, 3), value, np.uint8)
    pixels.setflags(write=False)
    return pixels


def run(inputs: dict[str, list[Packet]], **options: Any) -> Outputs:
    return CalculatorRunner(ImageToTensorCalculator, options={**OPTIONS, **options}).run(inputs)


def rect(*values: float) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


def test_the_whole_image_is_fitted_into_the_tensor_between_borders() -> None:
    outputs = run({"IMAGE": [Packet(image(), 0)]}, border_mode="BORDER_ZERO")
    (tensor,) = outputs["TENSORS"].values[0]
    assert tensor.shape == (1, 8, 8, 3) and tensor.dtype == np.float32
    np.testing.assert_array_equal(outputs["LETTERBOX_PADDING"].values[0], [0, 0.25, 0, 0.25])
    # Not quite 1: 255 times the float32 of 2 / 255, as in MediaPipe.
    np.testing.assert_allclose(tensor[0, 3:5, 1:7], 1.0, atol=2e-7)
    assert (tensor[0, 0] == -1.0).all()


def test_without_border_mode_the_border_pixels_repeat() -> None:
    outputs = run({"IMAGE": [Packet(image(), 0)]})
    np.testing.assert_allclose(outputs["TENSORS"].values[0][0], 1.0, atol=2e-7)


def test_without_keep_aspect_ratio_there_are_no_borders() -> None:
    outputs = run({"IMAGE": [Packet(image(), 0)]}, keep_aspect_ratio=False)
    np.testing.assert_array_equal(outputs["LETTERBOX_PADDING"].values[0], np.zeros(4))


def test_with_a_region_connected_an_image_without_one_gives_nothing() -> None:
    outputs = run(
        {
            "IMAGE": [Packet(image(), 0), Packet(image(), 1)],
            "NORM_RECT": [Packet(rect(0.5, 0.5, 0.5, 1.0, 0.0), 1)],
        }
    )
    assert outputs["TENSORS"].timestamps == [1]
    assert outputs["MATRIX"].timestamps == [1]


def test_the_matrix_takes_the_centre_of_the_region_to_its_place_in_the_image() -> None:
    region = rect(0.25, 0.75, 0.5, 1.0, 0.3)
    outputs = run({"IMAGE": [Packet(image(), 0)], "NORM_RECT": [Packet(region, 0)]})
    place = outputs["MATRIX"].values[0] @ np.array([0.5, 0.5, 0, 1], np.float32)
    np.testing.assert_allclose(place[:2], [0.25, 0.75], atol=1e-6)


def test_a_tensor_may_be_wider_than_high() -> None:
    outputs = run({"IMAGE": [Packet(image(), 0)]}, output_tensor_height=4)
    assert outputs["TENSORS"].values[0][0].shape == (1, 4, 8, 3)
    np.testing.assert_array_equal(outputs["LETTERBOX_PADDING"].values[0], np.zeros(4))


def test_an_empty_range_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="expected min < max"):
        run({}, output_tensor_float_range={"min": 1.0, "max": 1.0})


def test_only_the_outputs_that_are_connected_are_made() -> None:
    runner = CalculatorRunner(ImageToTensorCalculator, options=OPTIONS, outputs=["TENSORS"])
    assert list(runner.run({"IMAGE": [Packet(image(), 0)]})) == ["TENSORS"]


def test_the_range_of_values_is_an_option() -> None:
    wanted = {"min": 0.0, "max": 1.0}
    (white,) = run({"IMAGE": [Packet(image(), 0)]}, output_tensor_float_range=wanted)[
        "TENSORS"
    ].values[0]
    (black,) = run({"IMAGE": [Packet(image(value=0), 0)]}, output_tensor_float_range=wanted)[
        "TENSORS"
    ].values[0]
    np.testing.assert_allclose(white, 1.0, atol=2e-7)
    np.testing.assert_array_equal(black, 0.0)


def test_a_region_outside_the_image_is_black_or_repeats_the_border() -> None:
    beside = rect(2.0, 0.5, 0.5, 1.0, 0.0)
    given = {"IMAGE": [Packet(image(), 0)], "NORM_RECT": [Packet(beside, 0)]}
    (black,) = run(given, border_mode="BORDER_ZERO")["TENSORS"].values[0]
    np.testing.assert_array_equal(black, -1.0)
    (white,) = run(given, border_mode="BORDER_REPLICATE")["TENSORS"].values[0]
    np.testing.assert_allclose(white, 1.0, atol=2e-7)


@pytest.mark.parametrize("origin", ["DEFAULT", "CONVENTIONAL", "TOP_LEFT"])
def test_the_origin_on_a_gpu_changes_nothing(origin: str) -> None:
    found = run({"IMAGE": [Packet(image(), 0)]}, gpu_origin=origin)["TENSORS"].values[0]
    np.testing.assert_array_equal(found, run({"IMAGE": [Packet(image(), 0)]})["TENSORS"].values[0])


def test_an_image_without_a_region_settles_its_time() -> None:
    with CalculatorRunner(
        ImageToTensorCalculator, options=OPTIONS, inputs=["IMAGE", "NORM_RECT"]
    ) as runner:
        runner.add("IMAGE", image(), 7)
        runner.advance("NORM_RECT", 8)
        assert [record.bound for record in runner.outputs.values()] == [8, 8, 8]
        assert [record.values for record in runner.outputs.values()] == [[], [], []]


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(ImageToTensorCalculator, options=OPTIONS) as runner:
        runner.advance("IMAGE", 9)
        assert runner.outputs["TENSORS"].bound == 9


@pytest.mark.parametrize("option", ["output_tensor_width", "output_tensor_height"])
def test_a_tensor_has_a_size(option: str) -> None:
    with pytest.raises(ValueError, match=option):
        run({}, **{option: 0})
