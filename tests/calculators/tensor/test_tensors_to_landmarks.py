"""TensorsToLandmarksCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_landmarks import TensorsToLandmarksCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import CalculatorError, ContractError

INPUT_SIZE: dict[str, Any] = {"input_image_width": 100, "input_image_height": 50}


def decode(values: Any, output: str = "NORM_LANDMARKS", **options: Any) -> Any:
    runner = CalculatorRunner(TensorsToLandmarksCalculator, options=options, outputs=[output])
    tensor = np.array(values, np.float32)
    (landmarks,) = runner.run({"TENSORS": [Packet((tensor,), 0)]})[output].values
    return landmarks


def test_values_are_read_by_position_and_normalised() -> None:
    landmarks = decode([[50, 25, 10, 0, 5]], num_landmarks=1, **INPUT_SIZE)
    np.testing.assert_allclose(landmarks, [[0.5, 0.5, 0.1, 0, 5]], atol=1e-7)


def test_world_landmarks_stay_in_the_models_units() -> None:
    landmarks = decode([1, 2, 3, 4, 5, 6], output="LANDMARKS", num_landmarks=2)
    np.testing.assert_array_equal(landmarks[:, :3], [[1, 2, 3], [4, 5, 6]])
    assert np.isnan(landmarks[:, 3:]).all()


def test_logits_become_probabilities() -> None:
    landmarks = decode(
        [[0, 0, 0, 0, 100]],
        num_landmarks=1,
        visibility_activation="SIGMOID",
        presence_activation="SIGMOID",
        **INPUT_SIZE,
    )
    np.testing.assert_array_equal(landmarks[0, 3:], [0.5, 1.0])


def test_declared_fields_replace_positions() -> None:
    landmarks = decode(
        [[50, 25, 0], [100, 50, 0]],
        num_landmarks=2,
        fields=("x", "y", "visibility"),
        visibility_activation="SIGMOID",
        **INPUT_SIZE,
    )
    np.testing.assert_array_equal(landmarks[:, :4], [[0.5, 0.5, 0, 0.5], [1, 1, 0, 0.5]])


def test_values_beyond_the_fifth_are_ignored() -> None:
    landmarks = decode([[50, 25, 0, 1, 1, 99]], num_landmarks=1, **INPUT_SIZE)
    assert landmarks.shape == (1, 5)


def test_flipping_mirrors_at_the_inputs_sides() -> None:
    flips: dict[str, Any] = {"flip_horizontally": True, "flip_vertically": True}
    landmarks = decode([[20, 10, 0]], num_landmarks=1, **INPUT_SIZE, **flips)
    np.testing.assert_allclose(landmarks[0, :2], [0.8, 0.8])
    landmarks = decode([[20, 10, 0]], output="LANDMARKS", num_landmarks=1, **INPUT_SIZE, **flips)
    np.testing.assert_array_equal(landmarks[0, :2], [80, 40])


def test_a_tensor_that_does_not_fit_is_told() -> None:
    with pytest.raises(CalculatorError, match=r"shape \(7,\) for 2 landmarks"):
        decode([0] * 7, num_landmarks=2, **INPUT_SIZE)


def test_normalising_needs_the_size_of_the_input() -> None:
    with pytest.raises(ContractError, match="needs options input_image_width"):
        decode([[0, 0, 0]], num_landmarks=1)


def test_flipping_needs_the_size_of_the_input() -> None:
    with pytest.raises(ValueError, match="flip_vertically needs input_image_height"):
        decode([[0, 0, 0]], num_landmarks=1, flip_vertically=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"normalize_z": 0.0}, "found normalize_z 0"),
        ({"flip_horizontally": True}, "flip_horizontally needs input_image_width"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        decode([[0, 0, 0]], num_landmarks=1, **options)


def test_a_node_without_outputs_is_told() -> None:
    runner = CalculatorRunner(
        TensorsToLandmarksCalculator, options={"num_landmarks": 1}, outputs=[]
    )
    with pytest.raises(ContractError, match="expected LANDMARKS or NORM_LANDMARKS"):
        runner.run({"TENSORS": []})


def test_no_tensor_is_told() -> None:
    runner = CalculatorRunner(
        TensorsToLandmarksCalculator, options={"num_landmarks": 1}, outputs=["LANDMARKS"]
    )
    with pytest.raises(CalculatorError, match="found no tensors"):
        runner.run({"TENSORS": [Packet((), 0)]})


def test_z_has_a_divisor_of_its_own() -> None:
    landmarks = decode([[50, 25, 10]], num_landmarks=1, normalize_z=0.5, **INPUT_SIZE)
    np.testing.assert_allclose(landmarks[0, :3], [0.5, 0.5, 0.2], atol=1e-7)


def test_both_outputs_come_from_the_same_values() -> None:
    runner = CalculatorRunner(
        TensorsToLandmarksCalculator,
        options={"num_landmarks": 1, **INPUT_SIZE},
        outputs=["LANDMARKS", "NORM_LANDMARKS"],
    )
    outputs = runner.run({"TENSORS": [Packet((np.array([50, 25, 10], np.float32),), 0)]})
    np.testing.assert_array_equal(outputs["LANDMARKS"].values[0][0, :2], [50, 25])
    np.testing.assert_array_equal(outputs["NORM_LANDMARKS"].values[0][0, :2], [0.5, 0.5])


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(
        TensorsToLandmarksCalculator, options={"num_landmarks": 1}, outputs=["LANDMARKS"]
    ) as runner:
        runner.advance("TENSORS", 9)
        assert runner.outputs["LANDMARKS"].values == []
        assert runner.outputs["LANDMARKS"].bound == 9


@pytest.mark.parametrize(
    "options",
    [{"num_landmarks": 0}, {"input_image_width": 0}, {"input_image_height": 0}, {"fields": ["w"]}],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        decode([[0, 0, 0]], **{"num_landmarks": 1, **options})
