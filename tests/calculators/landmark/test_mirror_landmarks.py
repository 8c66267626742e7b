"""MirrorLandmarksCalculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calculators.landmark.mirror_landmarks import MirrorLandmarksCalculator
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError
from tests.calculators.settling import check_settles_without

MakePoints = Callable[..., Any]
SIZE = ImageSize(10, 10)
PAIR = {"left_right_pairs": [[0, 1]]}


def runner(*ports: str, **options: Any) -> CalculatorRunner:
    outputs = [port for port in ports if port != "IMAGE_SIZE"]
    return CalculatorRunner(
        MirrorLandmarksCalculator, options=options, inputs=list(ports), outputs=outputs
    )


def test_normalised_landmarks_are_mirrored_at_the_images_middle(points: MakePoints) -> None:
    outputs = runner("NORM_LANDMARKS", "IMAGE_SIZE", **PAIR).run(
        {
            "NORM_LANDMARKS": [Packet(points((0.1, 0.5, 0.2, 0.75), (0.9, 0.4)), 3)],
            "IMAGE_SIZE": [Packet(SIZE, 3)],
        }
    )
    assert outputs["NORM_LANDMARKS"].timestamps == [3]
    (found,) = outputs["NORM_LANDMARKS"].values
    np.testing.assert_allclose(found[1, :4], [0.8, 0.5, 0.2, 0.75], atol=1e-6)
    np.testing.assert_allclose(found[0, :2], [0.0, 0.4], atol=1e-6)


def test_world_landmarks_are_mirrored_at_the_hips(points: MakePoints) -> None:
    outputs = runner("LANDMARKS", **PAIR).run(
        {"LANDMARKS": [Packet(points((0.1, 0.5), (-0.2, 0.4)), 3)]}
    )
    (found,) = outputs["LANDMARKS"].values
    np.testing.assert_allclose(found[:, :2], [[0.2, 0.4], [-0.1, 0.5]], atol=1e-6)


@pytest.mark.parametrize("missing", ["NORM_LANDMARKS", "IMAGE_SIZE"])
def test_without_landmarks_or_size_the_time_is_settled(missing: str, points: MakePoints) -> None:
    with runner("NORM_LANDMARKS", "IMAGE_SIZE") as running:
        check_settles_without(
            missing,
            running,
            {"NORM_LANDMARKS": points((0.5, 0.5)), "IMAGE_SIZE": SIZE},
            "NORM_LANDMARKS",
        )


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (["NORM_LANDMARKS"], ["NORM_LANDMARKS"]),
        (["LANDMARKS", "IMAGE_SIZE"], ["LANDMARKS"]),
        (["LANDMARKS"], ["NORM_LANDMARKS"]),
        (["LANDMARKS", "NORM_LANDMARKS", "IMAGE_SIZE"], ["LANDMARKS"]),
    ],
)
def test_other_combinations_of_ports_are_refused(inputs: list[str], outputs: list[str]) -> None:
    with pytest.raises(ContractError, match="expected"):
        CalculatorRunner(MirrorLandmarksCalculator, inputs=inputs, outputs=outputs).run({})
