"""SegmentationSmoothingCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.segmentation_smoothing import SegmentationSmoothingCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord, make_read_only


def mask(value: float, height: int = 2, width: int = 2) -> Any:
    return make_read_only(np.full((height, width), value, np.float32))


def smooth(masks: list[Any], previous: list[Any], ratio: float = 0.5) -> OutputRecord:
    runner = CalculatorRunner(
        SegmentationSmoothingCalculator, options={"combine_with_previous_ratio": ratio}
    )
    given = {"MASK": masks, "MASK_PREVIOUS": previous}
    packets = {tag: [Packet(value, 3) for value in values] for tag, values in given.items()}
    return runner.run(packets)["MASK_SMOOTHED"]


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_an_undecided_mask_takes_over_the_previous_one_by_the_ratio(
    ratio: float, expected: float
) -> None:
    smoothed = smooth([mask(0.5)], [mask(1.0)], ratio)
    assert smoothed.timestamps == [3]
    np.testing.assert_allclose(smoothed.values[0], mask(expected))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_decided_mask_stays(value: float) -> None:
    smoothed = smooth([mask(value)], [mask(0.5)], ratio=1.0)
    np.testing.assert_allclose(smoothed.values[0], mask(value), atol=1e-3)


def test_without_a_previous_mask_the_mask_passes() -> None:
    assert (smooth([mask(0.5)], []).values[0] == 0.5).all()


def test_a_previous_mask_of_another_size_does_not_count() -> None:
    assert (smooth([mask(0.5)], [mask(1.0, 3, 3)]).values[0] == 0.5).all()


def test_a_previous_mask_alone_settles_the_time() -> None:
    with CalculatorRunner(SegmentationSmoothingCalculator) as runner:
        runner.add("MASK_PREVIOUS", mask(1.0), 7)
        runner.advance("MASK", 8)
        assert runner.outputs["MASK_SMOOTHED"].values == []
        assert runner.outputs["MASK_SMOOTHED"].bound == 8


@pytest.mark.parametrize("ratio", [-0.1, 1.1])
def test_the_ratio_is_from_0_to_1(ratio: float) -> None:
    with pytest.raises(ValueError, match="combine_with_previous_ratio"):
        smooth([mask(0.5)], [], ratio)
