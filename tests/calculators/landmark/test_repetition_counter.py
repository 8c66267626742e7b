"""RepetitionCounterCalculator."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from calculators.landmark.repetition_counter import (
    RepetitionCounterCalculator,
    RepetitionCounterOptions,
)
from graphflow import Packet
from graphflow.testing import CalculatorRunner

SQUAT = [Packet(angle, 100_000 * at) for at, angle in enumerate([170.0, 100.0, 90.0, 130.0, 160.0])]


def test_every_angle_gives_a_count_from_zero_on() -> None:
    found = CalculatorRunner(RepetitionCounterCalculator).run({"ANGLE": SQUAT})["COUNT"]
    assert found.values == [0, 0, 0, 0, 1]
    assert found.timestamps == [0, 100_000, 200_000, 300_000, 400_000]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"low_angle_deg": 80.0}, 0),
        ({"high_angle_deg": 165.0}, 0),
        ({"min_duration_s": 0.3}, 1),
        ({"min_duration_s": 0.4}, 0),
    ],
)
def test_the_options_say_what_counts(options: dict[str, float], expected: int) -> None:
    runner = CalculatorRunner(RepetitionCounterCalculator, options=options)
    assert runner.run({"ANGLE": SQUAT})["COUNT"].values[-1] == expected


def test_a_gap_has_no_count_and_settles_its_time() -> None:
    with CalculatorRunner(RepetitionCounterCalculator) as runner:
        runner.advance("ANGLE", 50)
        assert runner.outputs["COUNT"].values == []
        assert runner.outputs["COUNT"].bound == 50


def test_each_run_begins_at_zero() -> None:
    runner = CalculatorRunner(RepetitionCounterCalculator)
    assert [runner.run({"ANGLE": SQUAT})["COUNT"].values[-1] for _ in range(2)] == [1, 1]


def test_marks_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValidationError, match="expected the first to be lower"):
        RepetitionCounterOptions(low_angle_deg=150.0, high_angle_deg=150.0)
