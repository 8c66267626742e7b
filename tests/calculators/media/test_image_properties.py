"""ImagePropertiesCalculator."""

from __future__ import annotations

import numpy as np

from calculators.media.image_properties import ImagePropertiesCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def test_the_size_is_width_then_height() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    outputs = CalculatorRunner(ImagePropertiesCalculator).run({"IMAGE": [Packet(image, 3)]})
    assert outputs["SIZE"].values == [ImageSize(64, 48)]
    assert outputs["SIZE"].timestamps == [3]


def test_each_image_has_its_own_size() -> None:
    images = [Packet(np.zeros((9, side, 3), np.uint8), side) for side in (1, 7)]
    outputs = CalculatorRunner(ImagePropertiesCalculator).run({"IMAGE": images})
    assert outputs["SIZE"].values == [ImageSize(1, 9), ImageSize(7, 9)]


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(ImagePropertiesCalculator) as runner:
        runner.advance("IMAGE", 9)
        assert runner.outputs["SIZE"].values == []
        assert runner.outputs["SIZE"].bound == 9
