"""VisibilityCopyCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.visibility_copy import VisibilityCopyCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.errors import CalculatorError
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]


def copied(source: Any, target: Any, **options: bool) -> OutputRecord:
    runner = CalculatorRunner(VisibilityCopyCalculator, options=options)
    return runner.run(
        {"NORM_LANDMARKS_FROM": [Packet(source, 3)], "LANDMARKS_TO": [Packet(target, 3)]}
    )["LANDMARKS_TO"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.5, 0.25]),
        ({"copy_presence": False}, [0.5, 0.125]),
        ({"copy_visibility": False}, [1.0, 0.25]),
        ({"copy_visibility": False, "copy_presence": False}, [1.0, 0.125]),
    ],
)
def test_what_is_asked_for_is_copied_and_coordinates_stay(
    options: dict[str, bool], expected: list[float], points: MakePoints
) -> None:
    found = copied(points((9, 9, 9, 0.5, 0.25)), points((1, 2, 3, 1.0, 0.125)), **options)
    assert found.timestamps == [3]
    np.testing.assert_array_equal(found.values[0][0], [1, 2, 3, *expected])


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS_FROM", "LANDMARKS_TO"])
def test_without_either_list_the_time_is_settled(missing: str, points: MakePoints) -> None:
    given = {"NORM_LANDMARKS_FROM": points((0, 0)), "LANDMARKS_TO": points((0, 0))}
    with CalculatorRunner(VisibilityCopyCalculator) as runner:
        check_settles_without(missing, runner, given, "LANDMARKS_TO")


def test_lists_of_two_bodies_are_told(points: MakePoints) -> None:
    with pytest.raises(CalculatorError, match=r"found shapes \(2, 5\) and \(1, 5\)"):
        copied(points((0, 0)), points((0, 0), (0, 0)))
