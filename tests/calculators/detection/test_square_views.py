"""SquareViewsCalculator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from calculators.detection.square_views import SquareViewsCalculator, SquareViewsOptions
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner


def views_of(size: ImageSize, *views: dict[str, float]) -> Any:
    runner = CalculatorRunner(SquareViewsCalculator, options={"views": list(views)})
    outputs = runner.run({"IMAGE_SIZE": [Packet(size, 3)]})
    assert outputs["ITERABLE"].timestamps == [3]
    return outputs["ITERABLE"].values[0]


def test_a_view_holds_the_whole_image_unless_told_otherwise() -> None:
    (whole,) = views_of(ImageSize(200, 100), {})
    np.testing.assert_allclose(whole, [0.5, 0.5, 1, 2, 0])


def test_views_come_in_order_with_centre_side_and_turn() -> None:
    size = ImageSize(100, 200)
    _, second = views_of(
        size, {}, {"x_center": 0.25, "y_center": 0.75, "side": 0.5, "rotation_degrees": 30}
    )
    np.testing.assert_allclose(second, [0.25, 0.75, 1.0, 0.5, math.pi / 6], rtol=1e-6)


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(SquareViewsCalculator, options={"views": [{}]}) as runner:
        runner.advance("IMAGE_SIZE", 9)
        assert runner.outputs["ITERABLE"].values == []
        assert runner.outputs["ITERABLE"].bound == 9


@pytest.mark.parametrize("views", [[], [{"side": 0.0}]])
def test_no_views_and_views_without_size_are_refused(views: Any) -> None:
    with pytest.raises(ValidationError):
        SquareViewsOptions(views=views)
