"""LandmarkAgreementCalculator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.landmark_agreement import LandmarkAgreementCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]
INPUTS = ["NORM_LANDMARKS:0", "NORM_LANDMARKS:1", "NORM_RECT", "IMAGE_SIZE"]
REGION = make_read_only(np.array([0.5, 0.5, 0.5, 0.5, 0.0], np.float32))


def test_answers_apart_agree_less(points: MakePoints) -> None:
    outputs = CalculatorRunner(
        LandmarkAgreementCalculator, options={"tolerance": 0.1}, inputs=INPUTS, outputs=["FLOAT"]
    ).run(
        {
            "NORM_LANDMARKS:0": [Packet(points((0.4, 0.5, 0, 1.0)), 3)],
            "NORM_LANDMARKS:1": [Packet(points((0.5, 0.5, 0, 0.5)), 3)],
            "NORM_RECT": [Packet(REGION, 3)],
            "IMAGE_SIZE": [Packet(ImageSize(100, 100), 3)],
        }
    )
    assert outputs["FLOAT"].timestamps == [3]
    # Each lies 5 px from their mean: a tenth of the region's side.
    assert outputs["FLOAT"].values == [pytest.approx(0.75 * math.exp(-1), rel=1e-4)]


@pytest.mark.parametrize("missing", INPUTS)
def test_where_an_answer_is_missing_there_is_no_score(missing: str, points: MakePoints) -> None:
    one = points((0.5, 0.5, 0, 1))
    given = dict(zip(INPUTS, (one, one, REGION, ImageSize(9, 9)), strict=True))
    with CalculatorRunner(LandmarkAgreementCalculator, inputs=INPUTS, outputs=["FLOAT"]) as runner:
        check_settles_without(missing, runner, given, "FLOAT")
