from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.ssd_anchors import SsdAnchorsCalculator
from graphflow.errors import CalculatorError
from graphflow.testing import CalculatorRunner

OPTIONS: dict[str, Any] = {
    "input_size_width": 224,
    "input_size_height": 224,
    "min_scale": 0.1484375,
    "max_scale": 0.75,
    "num_layers": 5,
    "strides": [8, 16, 32, 32, 32],
    "fixed_anchor_size": True,
}


@pytest.mark.parametrize("port", ["ANCHORS", ""])
def test_the_pose_detector_has_2254_anchors(port: str) -> None:
    outputs = CalculatorRunner(SsdAnchorsCalculator, options=OPTIONS, side_outputs=[port]).run()
    (anchors,) = outputs.side.values()
    assert anchors.shape == (2254, 4)
    np.testing.assert_array_equal(anchors[0], np.array([0.5 / 28, 0.5 / 28, 1, 1], np.float32))
    assert not anchors.flags.writeable


def test_a_missing_stride_is_told() -> None:
    runner = CalculatorRunner(SsdAnchorsCalculator, options={**OPTIONS, "num_layers": 4})
    with pytest.raises(CalculatorError, match="for 4 layers"):
        runner.run()
