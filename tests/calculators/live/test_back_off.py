"""When to try again."""

from __future__ import annotations

from calculators.live.back_off import BackOff


def test_delays_double_up_to_the_longest() -> None:
    back_off = BackOff(10, 0.5, 3.0)
    assert [back_off.next_seconds() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_attempts_in_a_row_are_counted() -> None:
    back_off = BackOff(2, 0.5, 3.0)
    assert not back_off.is_exhausted
    back_off.next_seconds()
    back_off.next_seconds()
    assert back_off.is_exhausted
    back_off.note_success(0.0)
    assert not back_off.is_exhausted


def test_none_may_be_wanted() -> None:
    assert BackOff(0, 0.5, 3.0).is_exhausted


def test_what_lasts_begins_anew_and_what_flaps_does_not() -> None:
    back_off = BackOff(10, 0.5, 8.0)
    back_off.next_seconds()
    back_off.next_seconds()
    back_off.note_success(0.9)
    assert back_off.next_seconds() == 2.0
    back_off.note_success(2.0)
    assert back_off.next_seconds() == 0.5


def test_the_longest_delay_counts_where_the_first_is_longer() -> None:
    assert BackOff(1, 20.0, 10.0).next_seconds() == 10.0
