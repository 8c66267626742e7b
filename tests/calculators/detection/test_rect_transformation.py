"""RectTransformationCalculator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from calculators.detection.rect_transformation import RectTransformationCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

SIZE = ImageSize(200, 100)


def transform(*rect: float, **options: Any) -> Any:
    given = make_read_only(np.array(rect, np.float32))
    outputs = CalculatorRunner(RectTransformationCalculator, options=options).run(
        {"NORM_RECT": [Packet(given, 3)], "IMAGE_SIZE": [Packet(SIZE, 3)]}
    )
    assert outputs[""].timestamps == [3]
    return outputs[""].values[0]


def test_without_options_a_rect_stays_as_it_is() -> None:
    rect = transform(0.4, 0.6, 0.2, 0.3, 0.5)
    np.testing.assert_allclose(rect, [0.4, 0.6, 0.2, 0.3, 0.5], atol=1e-7)


def test_each_side_has_its_own_factor() -> None:
    rect = transform(0.5, 0.5, 0.2, 0.2, 0.0, scale_x=2.0, scale_y=0.5)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.4, 0.1, 0.0], atol=1e-7)


def test_a_rect_becomes_square_in_pixels_by_its_longer_side() -> None:
    rect = transform(0.5, 0.5, 0.2, 0.2, 0.3, scale_x=1.5, scale_y=1.5, square_long=True)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.3, 0.6, 0.3], atol=1e-6)


def test_a_rect_becomes_square_in_pixels_by_its_shorter_side() -> None:
    rect = transform(0.5, 0.5, 0.2, 0.2, 0.3, square_short=True)
    np.testing.assert_allclose(rect, [0.5, 0.5, 0.1, 0.2, 0.3], atol=1e-6)


def test_an_upright_rect_shifts_by_its_sides() -> None:
    rect = transform(0.5, 0.5, 0.2, 0.2, 0.0, shift_x=0.5, shift_y=-0.5)
    np.testing.assert_allclose(rect, [0.6, 0.4, 0.2, 0.2, 0.0], atol=1e-6)


def test_a_turned_rect_shifts_along_its_own_axes() -> None:
    # A quarter turn clockwise: its own x axis points down. It is 40 px wide, a shift of 20 px.
    rect = transform(0.5, 0.5, 0.2, 0.2, math.pi / 2, shift_x=0.5)
    np.testing.assert_allclose(rect[:2], [0.5, 0.7], atol=1e-6)


@pytest.mark.parametrize("turn", [{"rotation_degrees": 90.0}, {"rotation": math.pi / 2}])
def test_the_option_turns_the_shift_and_not_the_rect(turn: dict[str, float]) -> None:
    rect = transform(0.5, 0.5, 0.2, 0.2, 0.0, shift_x=0.5, **turn)
    np.testing.assert_allclose(rect, [0.5, 0.7, 0.2, 0.2, 0.0], atol=1e-6)


@pytest.mark.parametrize("missing", ["NORM_RECT", "IMAGE_SIZE"])
def test_without_rect_or_size_the_time_is_settled(missing: str) -> None:
    given = {"NORM_RECT": np.zeros(5, np.float32), "IMAGE_SIZE": SIZE}
    with CalculatorRunner(RectTransformationCalculator) as runner:
        check_settles_without(missing, runner, given, "")


@pytest.mark.parametrize(
    "options",
    [{"square_long": True, "square_short": True}, {"rotation": 0.0, "rotation_degrees": 0.0}],
)
def test_of_two_ways_to_say_a_thing_one_is_used(options: dict[str, Any]) -> None:
    first, second = options
    with pytest.raises(ValueError, match=f"found {first} and {second}; expected at most one"):
        transform(0.5, 0.5, 0.2, 0.2, 0.0, **options)
