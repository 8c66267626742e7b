"""PDJ against what is wrong with regions."""

from __future__ import annotations

import math

import pytest

from graphflow.evaluation.regions import UNDISTURBED, Disturbance
from graphflow.evaluation.sweep import Sweep, SweptLine, disturbances, sweep


def fading(disturbance: Disturbance) -> list[float]:
    """Two samples that lose a point for each percent of shift and scale, and each degree."""
    percent = 100 * disturbance.shift + 100 * abs(disturbance.scale - 1)
    lost = percent + abs(math.degrees(disturbance.roll_rad))
    return [100 - lost, 80 - lost]


def line_of(found: Sweep, kind: str) -> SweptLine:
    (line,) = (each for each in found.lines if each.kind == kind)
    return line


def test_each_disturbance_is_measured_once() -> None:
    asked: list[Disturbance] = []

    def measure(disturbance: Disturbance) -> list[float]:
        asked.append(disturbance)
        return [50.0]

    sweep(measure)
    assert asked == list(disturbances())
    assert len(asked) == len(set(asked))
    assert asked[0] == UNDISTURBED


@pytest.mark.parametrize(
    ("kind", "low", "high", "limit"),
    [("shift", 0, 25, 10), ("scale", -25, 25, 10), ("roll", -24, 24, 8)],
)
def test_lines_reach_beyond_the_cards_limits_and_meet_them(
    kind: str, low: float, high: float, limit: float
) -> None:
    line = line_of(sweep(fading), kind)
    amounts = [point.amount for point in line.points]
    assert (amounts[0], amounts[-1], line.limit) == (low, high, limit)
    assert amounts == sorted(amounts)
    assert {0, limit} <= set(amounts)


def test_points_say_what_is_lost() -> None:
    line = line_of(sweep(fading), "roll")
    by_amount = {point.amount: point for point in line.points}
    assert by_amount[0].pdj == 90
    assert by_amount[16].pdj == pytest.approx(74)
    assert by_amount[-16].difference == pytest.approx(-16)
    assert by_amount[16].deviation == pytest.approx(math.sqrt(200))
    assert line.largest_loss == pytest.approx(8)


def test_regions_that_get_better_lose_nothing() -> None:
    found = sweep(lambda disturbance: [50.0 if disturbance == UNDISTURBED else 60.0])
    assert [line.largest_loss for line in found.lines] == [0, 0, 0]


@pytest.mark.parametrize("counts", [(0, 0), (2, 1)])
def test_the_same_samples_are_expected_each_time(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        sweep(lambda disturbance: [1.0] * counts[disturbance != UNDISTURBED])
