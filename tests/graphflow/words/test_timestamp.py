"""Timestamps. Numbers in comments are those of MediaPipe's behaviours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphflow import Timestamp
from graphflow.words import timestamp as time_of

SPECIAL = [
    time_of.UNSET,
    time_of.UNSTARTED,
    time_of.PRESTREAM,
    time_of.MIN,
    time_of.MAX,
    time_of.POSTSTREAM,
    time_of.ONE_OVER_POSTSTREAM,
    time_of.DONE,
]
ORDINARY = st.integers(time_of.MIN + 1, time_of.MAX - 1)


def test_special_values_are_ordered_and_adjacent() -> None:  # behaviour 1
    assert SPECIAL[:4] == [-(2**63) + i for i in range(4)]
    assert SPECIAL[4:] == [2**63 - 4 + i for i in range(4)]


@pytest.mark.parametrize("time", [*SPECIAL, 2**63, -(2**63) - 1])
def test_a_special_value_is_named_not_numbered(time: int) -> None:  # behaviour 3
    with pytest.raises(ValueError, match="is no ordinary time"):
        Timestamp(time)


def test_the_hint_says_how_to_name_it() -> None:
    with pytest.raises(ValueError, match=r"write Timestamp\.MAX"):
        Timestamp(time_of.MAX)


@pytest.mark.parametrize(
    ("time", "has_next"),
    [
        (time_of.PRESTREAM, False),
        (time_of.MIN, True),
        (0, True),
        (time_of.MAX - 1, True),
        (time_of.MAX, False),
        (time_of.POSTSTREAM, False),
        (time_of.ONE_OVER_POSTSTREAM, False),
        (time_of.DONE, False),
    ],
)
def test_whether_a_packet_may_follow(time: int, has_next: bool) -> None:  # behaviour 5
    assert time_of.has_next_allowed(time) is has_next


def test_arithmetic_at_the_ends() -> None:  # behaviour 7
    assert Timestamp.MIN + 0 == Timestamp.MIN
    assert Timestamp.MAX + 0 == Timestamp.MAX
    assert Timestamp.MAX + 1 == Timestamp.MAX
    assert Timestamp.MIN - 5 == Timestamp.MIN
    with pytest.raises(ValueError, match="special timestamp POSTSTREAM"):
        _ = Timestamp.POSTSTREAM + 1
    with pytest.raises(ValueError, match="special timestamp UNSET"):
        _ = Timestamp.UNSET - Timestamp(0)
    with pytest.raises(ValueError, match="special timestamp DONE"):
        _ = Timestamp(0) - Timestamp.DONE


def test_differences_and_sums() -> None:  # behaviour 9
    assert Timestamp(20) - Timestamp(10) == 10
    assert type(Timestamp(20) - Timestamp(10)) is int
    assert Timestamp(20) - 5 == Timestamp(15)
    assert -10 + Timestamp(10) == Timestamp(0)
    assert isinstance(-10 + Timestamp(10), Timestamp)


def test_text() -> None:  # behaviour 11
    assert str(Timestamp.MAX) == "MAX"
    assert repr(Timestamp.MAX) == "Timestamp.MAX"
    assert str(Timestamp(-100)) == time_of.text(-100) == "-100"
    assert repr(Timestamp(-100)) == "Timestamp(-100)"


def test_seconds() -> None:
    assert Timestamp.from_seconds(1.25) == 1_250_000
    assert Timestamp(33_333).seconds == 0.033333


@pytest.mark.parametrize("time", SPECIAL)
def test_what_may_be_in_a_stream(time: int) -> None:
    inside = {time_of.PRESTREAM, time_of.MIN, time_of.MAX, time_of.POSTSTREAM}
    assert time_of.is_allowed_in_stream(time) is (time in inside)
    assert time_of.is_range_value(time) is (time in {time_of.MIN, time_of.MAX})


def test_what_may_come_next_and_before() -> None:
    assert time_of.next_allowed(time_of.UNSTARTED) == time_of.MIN
    assert time_of.previous_allowed(time_of.MIN) == time_of.UNSTARTED
    assert time_of.previous_allowed(time_of.POSTSTREAM) == time_of.UNSTARTED
    assert time_of.previous_allowed(time_of.ONE_OVER_POSTSTREAM) == time_of.MAX
    assert time_of.previous_allowed(time_of.MAX) == time_of.MAX - 1


@given(ORDINARY)
def test_next_and_previous_cancel(time: int) -> None:
    assert time_of.previous_allowed(time_of.next_allowed(time)) == time
    assert time_of.settled_before(time_of.next_allowed(time)) == time


def test_what_a_bound_settles() -> None:
    assert time_of.settled_before(time_of.MIN) == time_of.UNSTARTED
    assert time_of.settled_before(time_of.POSTSTREAM) == time_of.MAX
    assert time_of.settled_before(time_of.DONE) == time_of.MAX


@given(ORDINARY, st.integers())
def test_a_shifted_time_stays_ordinary(time: int, offset: int) -> None:
    assert time_of.is_range_value(time_of.shifted(time, offset))
