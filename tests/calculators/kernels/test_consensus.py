from __future__ import annotations

import math

import numpy as np
import pytest

from calculators.kernels.consensus import average_landmarks, landmark_agreement
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect

SIZE = ImageSize(200, 100)
# 50 px wide and high.
REGION = NormalizedRect(np.array([0.5, 0.5, 0.25, 0.5, 0.0], np.float32))


def body(*rows: tuple[float, float, float]) -> NormalizedLandmarks:
    """Landmarks at pixels x, y, with a visibility."""
    landmarks = np.zeros((len(rows), 5), np.float32)
    landmarks[:, [0, 1, 3]] = np.reshape(rows, (-1, 3))
    landmarks[:, :2] /= SIZE
    return NormalizedLandmarks(landmarks)


def test_an_answer_that_sees_a_joint_counts_more() -> None:
    found = average_landmarks([body((10, 20, 0.9)), body((20, 40, 0.1))])
    np.testing.assert_allclose(found[0, :2] * SIZE, [11, 22], rtol=1e-4)
    assert found[0, 3] == pytest.approx(0.82, abs=1e-4)


def test_equal_answers_are_their_mean() -> None:
    one = body((10, 20, 0.3), (30, 40, 0.0))
    np.testing.assert_allclose(average_landmarks([one, one, one]), one, rtol=1e-5)


def test_answers_nobody_sees_count_alike() -> None:
    found = average_landmarks([body((10, 20, 0.0)), body((20, 40, 0.0))])
    np.testing.assert_allclose(found[0, :2] * SIZE, [15, 30], rtol=1e-5)


def test_unknown_visibility_counts_alike_and_stays_unknown() -> None:
    found = average_landmarks([body((10, 20, math.nan)), body((20, 40, math.nan))])
    np.testing.assert_allclose(found[0, :2] * SIZE, [15, 30], rtol=1e-5)
    assert math.isnan(found[0, 3])


def test_agreement_falls_with_the_distance_in_sides_of_the_region() -> None:
    # 2.5 px each from their mean: 0.05 of the side.
    score = landmark_agreement([body((10, 20, 1)), body((15, 20, 1))], REGION, SIZE, 0.05)
    assert score == pytest.approx(math.exp(-1), rel=1e-4)


def test_agreement_counts_what_is_seen() -> None:
    one = body((10, 20, 1.0), (30, 40, 0.5))
    assert landmark_agreement([one, one], REGION, SIZE, 0.05) == pytest.approx(0.75)


@pytest.mark.parametrize("is_empty", [True, False])
def test_nothing_agrees_about_nothing(is_empty: bool) -> None:
    one = body() if is_empty else body((10, 20, 1.0))
    region = REGION if is_empty else NormalizedRect(np.zeros(5, np.float32))
    assert landmark_agreement([one, one], region, SIZE, 0.05) == 0.0


@pytest.mark.parametrize("answers", [[], [body((1, 1, 1)), body()]])
def test_answers_of_different_bodies_are_refused(answers: list[NormalizedLandmarks]) -> None:
    with pytest.raises(ValueError, match=r"expected one shape \(N, 5\)"):
        average_landmarks(answers)
