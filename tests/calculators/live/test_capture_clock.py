"""Stream clocks that are late, drift, jump, repeat and run backwards."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.live.capture_clock import PATIENCE_US, BadTimes, CaptureClock
from graphflow.words.errors import TimestampError

STEP = 40_000
BEGIN = 1_000_000_000


def times(clock: CaptureClock, frames: Iterable[tuple[int | None, int]]) -> list[int | None]:
    """Return what the clock makes of (the stream's time, arrival after BEGIN)."""
    found = [clock.time_of(own, BEGIN + arrival) for own, arrival in frames]
    return [None if time is None else time - BEGIN for time in found]


def bump() -> CaptureClock:
    return CaptureClock("bump")


def test_the_first_frame_was_captured_when_it_came() -> None:
    assert times(bump(), [(777, 5)]) == [5]


def test_jitter_does_not_get_into_the_times() -> None:
    delays = [0, 9_000, 3_000, 20_000, 0, 15_000]
    frames = [(index * STEP, index * STEP + delay) for index, delay in enumerate(delays)]
    found = times(bump(), frames)
    for index, time in enumerate(found):
        assert time == pytest.approx(index * STEP, abs=50)  # what drift may add in this time


def test_the_frame_that_was_delayed_least_sets_the_clock_right() -> None:
    frames = [(0, 30_000), (STEP, STEP + 20_000), (2 * STEP, 2 * STEP), (3 * STEP, 3 * STEP + 500)]
    assert times(bump(), frames)[2:] == [2 * STEP, pytest.approx(3 * STEP, abs=20)]


def test_a_delay_shows_as_age() -> None:
    frames = [(0, 0), (STEP, STEP), (2 * STEP, 900_000), (3 * STEP, 900_100)]
    assert times(bump(), frames)[2:] == [
        pytest.approx(2 * STEP, abs=200),
        pytest.approx(3 * STEP, abs=400),
    ]


@pytest.mark.parametrize("rate", [0.9999, 1.0001])
def test_a_clock_that_drifts_is_followed(rate: float) -> None:
    clock = bump()
    for index in range(25 * 600):  # ten minutes, in which it goes wrong by 60 ms
        found = times(clock, [(round(index * STEP * rate), index * STEP)])
    assert found == [pytest.approx(index * STEP, abs=1_000)]
    assert clock.bad == 0


def test_frames_without_times_are_captured_when_they_come() -> None:
    assert times(bump(), [(None, 0), (None, 35_000), (None, 35_000)]) == [0, 35_000, 35_001]


# ---- times that are no good ----------------------------------------------------------------------

FAULTY = {
    "repeats": [(0, 0), (STEP, STEP), (STEP, 2 * STEP), (3 * STEP, 3 * STEP)],
    "runs backwards": [(0, 0), (STEP, STEP), (STEP - 5, 2 * STEP), (3 * STEP, 3 * STEP)],
    "begins anew": [(9_000_000, 0), (9_040_000, STEP), (0, 2 * STEP), (STEP, 3 * STEP)],
    "jumps ahead": [(0, 0), (STEP, STEP), (10**12, 2 * STEP), (10**12 + STEP, 3 * STEP)],
}


@pytest.mark.parametrize("frames", FAULTY.values(), ids=FAULTY)
def test_a_bumped_frame_gets_the_time_at_which_it_came(frames: list[tuple[int, int]]) -> None:
    clock = bump()
    assert times(clock, frames) == [pytest.approx(index * STEP, abs=30) for index in range(4)]
    assert clock.bad == 1


@pytest.mark.parametrize("frames", FAULTY.values(), ids=FAULTY)
def test_a_frame_may_be_dropped_instead_and_others_go_on(frames: list[tuple[int, int]]) -> None:
    clock = CaptureClock("drop")
    found = times(clock, frames)
    assert [time is None for time in found] == [False, False, True, False]
    assert found[3] == pytest.approx(3 * STEP, abs=30)
    assert clock.bad == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("repeats", "repeats"),
        ("runs backwards", "went back by 0.000 s"),
        ("begins anew", "went back by 9.040 s"),
        ("jumps ahead", "jumped ahead by 9999"),
    ],
)
def test_or_it_is_raised(name: str, words: str) -> None:
    with pytest.raises(TimestampError, match=words):
        times(CaptureClock("raise"), FAULTY[name])


def test_a_clock_that_stood_still_while_nothing_came_is_set_anew() -> None:
    clock = bump()
    paused_us = 60_000_000
    before = [(index * STEP, index * STEP) for index in range(10)]
    after = [(index * STEP, paused_us + index * STEP) for index in range(10, 200)]
    found = times(clock, [*before, *after])
    assert clock.bad == 1
    assert found[-1] == pytest.approx(paused_us + 199 * STEP, abs=2_000)


def test_a_backlog_that_is_caught_up_with_is_no_fault_of_the_clock() -> None:
    clock = bump()
    stall_us = 4 * PATIENCE_US
    frames = [(0, 0)]
    frames += [(index * STEP, stall_us + index * STEP // 4) for index in range(1, 600)]
    found = times(clock, frames)
    assert clock.bad == 0
    assert found[300] == pytest.approx(300 * STEP, abs=10_000)


def test_a_stream_that_begins_again_goes_on_after_the_outage() -> None:
    clock = bump()
    first = times(clock, [(500, 0), (500 + STEP, STEP)])
    clock.begin_stream()
    second = times(clock, [(0, 30_000_000), (STEP, 30_000_000 + STEP)])
    assert (first, second[0], clock.bad) == ([0, STEP], 30_000_000, 0)
    assert second[1] == pytest.approx(30_000_000 + STEP, abs=30)


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(10**15), 10**15) | st.integers(0, 10**6),
            st.integers(0, 10**7),
        ),
        max_size=40,
    ),
    st.sampled_from(["bump", "drop"]),
)
def test_times_increase_and_none_lies_in_the_future(
    frames: list[tuple[int | None, int]], bad_times: BadTimes
) -> None:
    clock = CaptureClock(bad_times)
    now, last = BEGIN, None
    for count, (own, waited) in enumerate(frames):
        now += waited
        time = clock.time_of(own, now)
        if time is None:
            continue
        assert last is None or time > last
        assert time <= now + count  # a microsecond for each frame that came at the same time
        last = time
