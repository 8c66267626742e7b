from __future__ import annotations

import pytest

from benchmarks.turns import CPU, WALL, Sample, Spread, ratios, spread, take_turns, values


def rounds_of(ours: list[float], theirs: list[float]) -> list[dict[str, Sample]]:
    return [
        {"ours": {WALL: mine, CPU: mine / 2}, "theirs": {WALL: other, CPU: other}}
        for mine, other in zip(ours, theirs, strict=True)
    ]


def test_sides_take_turns_and_the_warm_up_is_thrown_away() -> None:
    order: list[str] = []

    def side(name: str) -> Sample:
        order.append(name)
        return {WALL: float(len(order))}

    rounds = take_turns({"a": lambda: side("a"), "b": lambda: side("b")}, 2, warm_up=1)
    assert order == ["a", "b"] * 3
    assert [dict(each) for each in rounds] == [
        {"a": {WALL: 3.0}, "b": {WALL: 4.0}},
        {"a": {WALL: 5.0}, "b": {WALL: 6.0}},
    ]


def test_a_ratio_is_made_of_neighbours_only() -> None:
    # By medians of all runs it would be 4 / 4; a machine slower in the second round moves nothing.
    rounds = rounds_of(ours=[1, 10, 4], theirs=[2, 20, 4])
    assert ratios(rounds, "theirs", "ours", WALL) == Spread(2.0, 1.0, 2.0)
    assert ratios(rounds, "theirs", "ours", CPU) == Spread(4.0, 2.0, 4.0)


def test_a_spread_has_median_lowest_and_highest_in_its_unit() -> None:
    rounds = rounds_of(ours=[3, 1, 2, 9], theirs=[1, 1, 1, 1])
    assert values(rounds, "ours", WALL) == [3, 1, 2, 9]
    assert spread(rounds, "ours", WALL, 1e3) == Spread(2500.0, 1000.0, 9000.0)


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="found 0 rounds of 1 sides"):
        take_turns({"a": dict}, 0)
    with pytest.raises(ValueError, match="found 2 rounds of 0 sides"):
        take_turns({}, 2)
    with pytest.raises(ValueError, match="found no values"):
        Spread.of([])
