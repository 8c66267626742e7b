"""MirrorRectCalculator."""

from __future__ import annotations

import numpy as np
import pytest

from calculators.detection.mirror_rect import MirrorRectCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

REGION = make_read_only(np.array([0.15, 0.4, 0.2, 0.2, 0.5], np.float32))
SIZE = ImageSize(20, 10)


def test_a_region_goes_to_the_other_side_and_turns_the_other_way() -> None:
    outputs = CalculatorRunner(MirrorRectCalculator).run(
        {"NORM_RECT": [Packet(REGION, 3)], "IMAGE_SIZE": [Packet(SIZE, 3)]}
    )
    assert outputs["NORM_RECT"].timestamps == [3]
    # Column 3 of 20 is column 16 from the other side.
    (found,) = outputs["NORM_RECT"].values
    np.testing.assert_allclose(found, [0.8, 0.4, 0.2, 0.2, -0.5], atol=1e-6)


@pytest.mark.parametrize("missing", ["NORM_RECT", "IMAGE_SIZE"])
def test_without_region_or_size_the_time_is_settled(missing: str) -> None:
    with CalculatorRunner(MirrorRectCalculator) as runner:
        check_settles_without(
            missing, runner, {"NORM_RECT": REGION, "IMAGE_SIZE": SIZE}, "NORM_RECT"
        )
