"""Times that strictly increase."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calculators.media.frame_clock import FrameClock, to_microseconds

MICRO = Fraction(1, 1_000_000)


def times(ticks: list[int | None], rate: Fraction | None = Fraction(10)) -> tuple[list[int], int]:
    clock = FrameClock(rate)
    return [clock.next(tick, MICRO) for tick in ticks], clock.repairs


@settings(deadline=None)
@given(
    st.integers(-(10**12), 10**12),
    st.fractions(Fraction(1, 10**6), Fraction(10), max_denominator=10**6),
)
def test_microseconds_are_rounded_half_to_even(ticks: int, time_base: Fraction) -> None:
    assert to_microseconds(ticks, time_base) == round(Fraction(ticks) * time_base * 1_000_000)


def test_true_times_are_kept() -> None:
    assert times([-7, 0, 5, 5_000_000]) == ([-7, 0, 5, 5_000_000], 0)


def test_missing_times_follow_the_frame_rate_without_drift() -> None:
    found, repairs = times([None] * 31, Fraction(30))
    assert found == [round(index * 1_000_000 / 30) for index in range(31)]
    assert repairs == 31


def test_missing_times_without_a_rate_are_25_a_second() -> None:
    assert times([None, None], None)[0] == [0, 40_000]


def test_a_repeated_time_moves_by_a_microsecond_and_the_next_true_time_stands() -> None:
    assert times([0, 100_000, 100_000, 200_000]) == ([0, 100_000, 100_001, 200_000], 1)


def test_a_spliced_stream_goes_on_one_frame_later() -> None:
    found, repairs = times([5_000_000, 5_100_000, 0, 100_000, 200_000])
    assert found == [5_000_000, 5_100_000, 5_200_000, 5_300_000, 5_400_000]
    assert repairs == 3


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**66), 2**66)), max_size=30))
@example([2**62 - 150_002, -100_000, 2**62 - 50_002])
def test_times_always_increase_and_fit_64_bits(ticks: list[int | None]) -> None:
    found, _ = times(ticks)
    assert all(later > earlier for earlier, later in itertools.pairwise(found))
    assert all(abs(time) < 2**63 - 4 for time in found)


@pytest.mark.parametrize("time_base", [None, Fraction(0)])
def test_a_time_without_a_base_is_a_missing_time(time_base: Fraction | None) -> None:
    clock = FrameClock(Fraction(10))
    assert [clock.next(7, time_base), clock.next(9, time_base)] == [0, 100_000]
