"""PreviousLoopbackCalculator, with both streams fed by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calculators.flow.previous_loopback import PreviousLoopbackCalculator
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE, MAX, MIN


@pytest.fixture
def runner() -> Iterator[CalculatorRunner]:
    with CalculatorRunner(PreviousLoopbackCalculator) as each:
        yield each


def seen(runner: CalculatorRunner) -> tuple[list[tuple[int, object]], int]:
    """Packets of PREV_LOOP as (timestamp, value), and its bound."""
    output = runner.outputs["PREV_LOOP"]
    return list(zip(output.timestamps, output.values, strict=True)), output.bound


def test_the_first_main_packet_has_no_previous_value(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    assert seen(runner) == ([], 2)


def test_each_main_packet_gets_the_loop_value_of_the_one_before(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("LOOP", 1, 1)
    runner.add("MAIN", 2, 2)
    assert seen(runner) == ([(2, 1)], 3)
    runner.add("LOOP", 2, 2)
    runner.add("MAIN", 5, 5)
    assert seen(runner) == ([(2, 1), (5, 2)], 6)
    runner.add("LOOP", 5, 5)
    runner.add("MAIN", 15, 15)
    assert seen(runner) == ([(2, 1), (5, 2), (15, 5)], 16)


def test_main_waits_for_a_loop_value_that_is_late(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("MAIN", 2, 2)
    assert seen(runner) == ([], 2)
    runner.add("LOOP", 1, 1)
    assert seen(runner) == ([(2, 1)], 3)


def test_an_empty_loop_time_gives_an_empty_previous_value(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.advance("LOOP", 2)
    runner.add("MAIN", 2, 2)
    assert seen(runner) == ([], 3)


def test_an_empty_main_gives_an_empty_value_and_uses_none_up(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("LOOP", 1, 1)
    runner.advance("MAIN", 3)
    assert seen(runner) == ([], 3)
    runner.add("MAIN", 3, 3)
    assert seen(runner) == ([(3, 1)], 4)


def test_an_empty_main_behind_a_waiting_one_waits_too(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("MAIN", 2, 2)
    runner.advance("MAIN", 5)
    runner.advance("MAIN", 8)
    assert seen(runner) == ([], 2)
    runner.add("LOOP", 1, 1)
    assert seen(runner) == ([(2, 1)], 8)


def test_a_late_loop_value_releases_several_mains(runner: CalculatorRunner) -> None:
    for time in (1, 2, 3, 5):
        runner.add("MAIN", time, time)
    assert seen(runner) == ([], 2)
    runner.add("LOOP", 5, 5)  # The loop dropped 1, 2 and 3 and settled none of them.
    assert seen(runner) == ([], 6)
    runner.add("MAIN", 15, 15)
    assert seen(runner) == ([(15, 5)], 16)


def test_loop_values_that_no_main_wants_are_dropped(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 10, 10)
    for time in (3, 7, 10):
        runner.add("LOOP", time, time)
    runner.add("MAIN", 20, 20)
    assert seen(runner) == ([(20, 10)], 21)


def test_the_output_closes_when_main_is_done(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    assert runner.outputs["PREV_LOOP"].bound < DONE
    runner.close("MAIN")
    assert runner.outputs["PREV_LOOP"].bound == DONE


def test_the_output_does_not_close_before_the_last_main_is_answered(
    runner: CalculatorRunner,
) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("MAIN", 2, 2)
    runner.close("MAIN")
    assert seen(runner) == ([], 2)
    runner.add("LOOP", 1, 1)
    assert runner.outputs["PREV_LOOP"].values == [1]
    assert runner.outputs["PREV_LOOP"].bound == DONE


def test_a_loop_that_is_done_answers_everything(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, 1)
    runner.add("MAIN", 2, 2)
    runner.add("MAIN", 3, 3)
    runner.add("LOOP", 1, 1)
    runner.close("LOOP")
    assert seen(runner) == ([(2, 1)], 4)


def test_one_main_at_the_highest_time_ends_the_stream(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, MAX)
    assert runner.outputs["PREV_LOOP"].values == []
    assert runner.outputs["PREV_LOOP"].bound == DONE


def test_lowest_and_highest_time_are_ordinary(runner: CalculatorRunner) -> None:
    runner.add("MAIN", 1, MIN)
    runner.add("LOOP", 1, MIN)
    runner.add("MAIN", 2, MAX)
    assert runner.outputs["PREV_LOOP"].values == [1]
    assert runner.outputs["PREV_LOOP"].timestamps == [MAX]
    assert runner.outputs["PREV_LOOP"].bound == DONE


def test_a_main_bound_at_the_lowest_time_closes_nothing(runner: CalculatorRunner) -> None:
    runner.advance("MAIN", MIN)
    assert runner.outputs["PREV_LOOP"].bound < DONE
    runner.add("MAIN", 1, MIN)
    assert seen(runner) == ([], MIN + 1)
