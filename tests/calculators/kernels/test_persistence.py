"""States with hysteresis in time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calculators.kernels.persistence import Change, Persistence


def changes(state: Persistence, samples: str, step_us: int = 10) -> list[tuple[int, Change]]:
    """Feed one sample a step, "+" for yes; return the changes with their times."""
    found = [
        (at * step_us, state.update(at * step_us, each == "+")) for at, each in enumerate(samples)
    ]
    return [(time, change) for time, change in found if change is not None]


def test_a_change_comes_when_it_has_held_long_enough_and_says_since_when() -> None:
    found = changes(Persistence(20, 30), "-++++----")
    assert found == [(30, Change(True, 10, 0)), (80, Change(False, 50, 40))]


def test_one_sample_that_agrees_with_the_state_ends_a_spell() -> None:
    assert changes(Persistence(20, 20), "++-++-++-") == []
    assert [time for time, _ in changes(Persistence(20, 20), "+++--+--++")] == [20]


def test_with_zero_the_first_sample_decides() -> None:
    found = changes(Persistence(0, 0), "+-+")
    assert found == [
        (0, Change(True, 0, 0)),
        (10, Change(False, 10, 10)),
        (20, Change(True, 20, 0)),
    ]


def test_gaps_between_samples_count_as_time() -> None:
    state = Persistence(100, 100)
    assert state.update(0, True) is None
    assert state.update(5_000, True) == Change(True, 0, 0)


def test_a_cut_ends_what_is_on_at_the_last_time_at_which_it_was_so() -> None:
    state = Persistence(0, 50)
    changes(state, "++--")
    assert state.cut(30) == Change(False, 20, 20)
    assert state.cut(30) is None
    lasting = Persistence(0, 50)
    changes(lasting, "++")
    assert lasting.cut(10) == Change(False, 10, 10)


@given(st.text("+-", max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_changes_alternate_and_their_times_rise(samples: str, on_us: int, off_us: int) -> None:
    found = changes(Persistence(on_us, off_us), samples)
    assert [change.is_on for _, change in found] == [at % 2 == 0 for at in range(len(found))]
    since = [change.since_us for _, change in found]
    assert since == sorted(set(since))
    for (time, change), limit in zip(found, (on_us, off_us) * len(found), strict=False):
        assert time - change.since_us >= limit
