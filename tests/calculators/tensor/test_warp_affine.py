"""WarpAffineCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.tensor.warp_affine import WarpAffineCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

ONES = make_read_only(np.ones((4, 4), np.float32))
# The region is the left half of the image: x in the region is twice x in the image.
LEFT_HALF = make_read_only(np.diag(np.array([2, 1, 1, 1], np.float32)))
SIZE = ImageSize(8, 4)


def warp(mask: Any, matrix: Any, **options: str) -> Any:
    outputs = CalculatorRunner(WarpAffineCalculator, options=options).run(
        {
            "IMAGE": [Packet(mask, 3)],
            "MATRIX": [Packet(matrix, 3)],
            "OUTPUT_SIZE": [Packet(SIZE, 3)],
        }
    )
    assert outputs["IMAGE"].timestamps == [3]
    return outputs["IMAGE"].values[0]


def test_a_mask_is_drawn_where_the_region_lies() -> None:
    drawn = warp(ONES, LEFT_HALF)
    assert drawn.shape == (4, 8)
    assert drawn.dtype == np.float32
    assert (drawn[:3, :3] == 1.0).all()
    assert (drawn[:, 5:] == 0.0).all()


def test_a_region_that_is_the_image_gives_the_mask_itself() -> None:
    mask = np.linspace(0, 1, 32, dtype=np.float32).reshape(4, 8)
    np.testing.assert_allclose(warp(mask, np.eye(4, dtype=np.float32)), mask, atol=1e-6)


def test_a_region_beside_the_image_leaves_it_empty() -> None:
    beside = np.eye(4, dtype=np.float32)
    beside[0, 3] = 2
    assert not warp(ONES, beside).any()


@pytest.mark.parametrize(
    "options",
    [
        {"border_mode": "BORDER_ZERO", "interpolation": "INTER_LINEAR"},
        {"gpu_origin": "TOP_LEFT"},
    ],
)
def test_what_options_name_is_done_anyway(options: dict[str, str]) -> None:
    np.testing.assert_array_equal(warp(ONES, LEFT_HALF, **options), warp(ONES, LEFT_HALF))


@pytest.mark.parametrize(
    "options", [{"border_mode": "BORDER_REPLICATE"}, {"interpolation": "INTER_CUBIC"}]
)
def test_what_is_not_supported_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        warp(ONES, LEFT_HALF, **options)


@pytest.mark.parametrize("missing", ["IMAGE", "MATRIX", "OUTPUT_SIZE"])
def test_without_all_three_the_time_is_settled(missing: str) -> None:
    with CalculatorRunner(WarpAffineCalculator) as runner:
        check_settles_without(
            missing, runner, {"IMAGE": ONES, "MATRIX": LEFT_HALF, "OUTPUT_SIZE": SIZE}, "IMAGE"
        )
