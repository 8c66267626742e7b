"""MirrorImageCalculator."""

from __future__ import annotations

import numpy as np

from calculators.media.mirror_image import MirrorImageCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only


def test_columns_come_in_the_reverse_order() -> None:
    image = make_read_only(np.arange(24, dtype=np.uint8).reshape(2, 4, 3))
    outputs = CalculatorRunner(MirrorImageCalculator).run({"IMAGE": [Packet(image, 3)]})
    assert outputs["IMAGE"].timestamps == [3]
    (found,) = outputs["IMAGE"].values
    np.testing.assert_array_equal(found, image[:, ::-1])
    assert found.flags.c_contiguous


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(MirrorImageCalculator) as runner:
        runner.advance("IMAGE", 9)
        assert runner.outputs["IMAGE"].values == []
        assert runner.outputs["IMAGE"].bound == 9
