"""TensorsToSegmentation, InverseMatrix, WarpAffine and SegmentationSmoothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.inverse_matrix import InverseMatrixCalculator
from calculators.tensor.segmentation_smoothing import SegmentationSmoothingCalculator
from calculators.tensor.tensors_to_segmentation import TensorsToSegmentationCalculator
from calculators.tensor.warp_affine import WarpAffineCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner


def mask(value: float, height: int = 2, width: int = 2) -> Any:
    values = np.full((height, width), value, np.float32)
    values.setflags(write=False)
    return values


def test_logits_become_a_mask() -> None:
    tensor = np.zeros((1, 2, 3, 1), np.float32)
    outputs = CalculatorRunner(
        TensorsToSegmentationCalculator, options={"activation": "SIGMOID"}
    ).run({"TENSORS": [Packet((tensor,), 0)]})
    np.testing.assert_array_equal(outputs["MASK"].values[0], np.full((2, 3), 0.5))


def test_no_tensor_is_told() -> None:
    with pytest.raises(CalculatorError, match="found no tensors"):
        CalculatorRunner(TensorsToSegmentationCalculator).run({"TENSORS": [Packet((), 0)]})


def test_a_matrix_times_its_inverse_is_one() -> None:
    matrix = np.array(
        [[0.5, -0.2, 0, 0.1], [0.2, 0.5, 0, 0.3], [0, 0, 0.6, 0], [0, 0, 0, 1]], np.float32
    )
    outputs = CalculatorRunner(InverseMatrixCalculator).run({"MATRIX": [Packet(matrix, 0)]})
    np.testing.assert_allclose(outputs["MATRIX"].values[0] @ matrix, np.eye(4), atol=1e-6)


def test_a_mask_is_drawn_where_the_region_lies() -> None:
    # The region is the left half of the image: x in the region is twice x in the image.
    matrix = np.diag(np.array([2, 1, 1, 1], np.float32))
    outputs = CalculatorRunner(WarpAffineCalculator).run(
        {
            "IMAGE": [Packet(mask(1.0, 4, 4), 0)],
            "MATRIX": [Packet(matrix, 0)],
            "OUTPUT_SIZE": [Packet(ImageSize(8, 4), 0)],
        }
    )
    (drawn,) = outputs["IMAGE"].values
    assert drawn.shape == (4, 8)
    assert (drawn[:3, :3] == 1.0).all()
    assert (drawn[:, 5:] == 0.0).all()


def test_a_frame_without_a_mask_gives_none() -> None:
    outputs = CalculatorRunner(WarpAffineCalculator).run(
        {
            "IMAGE": [],
            "MATRIX": [Packet(np.eye(4, dtype=np.float32), 0)],
            "OUTPUT_SIZE": [Packet(ImageSize(8, 4), 0)],
        }
    )
    assert outputs["IMAGE"].values == []


def smooth(masks: list[Packet], previous: list[Packet]) -> Any:
    runner = CalculatorRunner(
        SegmentationSmoothingCalculator, options={"combine_with_previous_ratio": 0.5}
    )
    return runner.run({"MASK": masks, "MASK_PREVIOUS": previous})["MASK_SMOOTHED"]


def test_an_undecided_mask_takes_over_the_previous_one_by_the_ratio() -> None:
    smoothed = smooth([Packet(mask(0.5), 0)], [Packet(mask(1.0), 0)])
    np.testing.assert_allclose(smoothed.values[0], mask(0.75))


def test_without_a_previous_mask_the_mask_passes() -> None:
    assert (smooth([Packet(mask(0.5), 0)], []).values[0] == 0.5).all()


def test_a_previous_mask_of_another_size_does_not_count() -> None:
    smoothed = smooth([Packet(mask(0.5), 0)], [Packet(mask(1.0, 3, 3), 0)])
    assert (smoothed.values[0] == 0.5).all()


def test_a_previous_mask_alone_gives_nothing() -> None:
    assert smooth([], [Packet(mask(1.0), 0)]).values == []
