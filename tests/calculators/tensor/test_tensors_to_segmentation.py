"""TensorsToSegmentationCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.tensors_to_segmentation import TensorsToSegmentationCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord, make_read_only
from graphflow.words.errors import CalculatorError


def segment(*tensors: Any, **options: Any) -> OutputRecord:
    runner = CalculatorRunner(TensorsToSegmentationCalculator, options=options)
    arrays = tuple(make_read_only(np.array(each, np.float32)) for each in tensors)
    return runner.run({"TENSORS": [Packet(arrays, 3)]})["MASK"]


# Two rows of three pixels, one channel.
VALUES = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 0.0]).reshape(1, 2, 3, 1)


def test_values_are_the_mask_by_default() -> None:
    found = segment(VALUES)
    assert found.timestamps == [3]
    (mask,) = found.values
    assert mask.dtype == np.float32
    np.testing.assert_array_equal(mask, VALUES[0, :, :, 0])


def test_logits_become_a_mask() -> None:
    (mask,) = segment([[[[0.0], [100.0], [-100.0]]]], activation="SIGMOID").values
    np.testing.assert_allclose(mask, [[0.5, 1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(("options", "subject"), [({}, 0.75), ({"output_layer_index": 0}, 0.25)])
def test_of_two_channels_one_is_the_subjects(options: dict[str, int], subject: float) -> None:
    (mask,) = segment([[[[0.0, np.log(3.0)]]]], activation="SOFTMAX", **options).values
    np.testing.assert_allclose(mask, [[subject]], atol=1e-6)


@pytest.mark.parametrize("origin", ["DEFAULT", "CONVENTIONAL", "TOP_LEFT"])
def test_the_origin_on_a_gpu_changes_nothing(origin: str) -> None:
    np.testing.assert_array_equal(
        segment(VALUES, gpu_origin=origin).values[0], segment(VALUES).values[0]
    )


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(TensorsToSegmentationCalculator) as runner:
        runner.advance("TENSORS", 9)
        assert runner.outputs["MASK"].values == []
        assert runner.outputs["MASK"].bound == 9


def test_no_tensor_is_told() -> None:
    with pytest.raises(CalculatorError, match="found no tensors; expected at least one"):
        segment()


def test_a_channel_that_is_not_there_is_told() -> None:
    with pytest.raises(CalculatorError, match=r"\(1, 2, 3, 1\)"):
        segment(VALUES, activation="SOFTMAX")


@pytest.mark.parametrize("index", [-1, 2])
def test_there_are_two_channels_to_choose_from(index: int) -> None:
    with pytest.raises(ValueError, match="output_layer_index"):
        segment(VALUES, output_layer_index=index)
