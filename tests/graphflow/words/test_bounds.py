"""Which packets a stream takes, and what calls promise. Numbers are MediaPipe's behaviours."""

from __future__ import annotations

import pytest

from graphflow.words.bounds import bound_after, check_time
from graphflow.words.errors import TimestampError
from graphflow.words.timestamp import (
    DONE,
    MAX,
    MIN,
    ONE_OVER_POSTSTREAM,
    POSTSTREAM,
    PRESTREAM,
    UNSET,
)


@pytest.mark.parametrize(
    ("time", "bound", "message"),
    [
        (30, 50, "S: found a packet at 30; expected 50 or later"),  # 31
        (10, ONE_OVER_POSTSTREAM, "S: found a packet at 10; expected ONE_OVER_POSTSTREAM or later"),
        (POSTSTREAM, 11, "S: a packet at POSTSTREAM must be the only one"),  # 29
        (UNSET, PRESTREAM, "S: a packet can't carry the timestamp UNSET; hint"),
        (DONE, PRESTREAM, "S: a packet can't carry the timestamp DONE; hint"),
        (5, DONE, "S is closed; found a packet at 5"),
    ],
)
def test_what_is_refused(time: int, bound: int, message: str) -> None:
    with pytest.raises(TimestampError) as caught:
        check_time(time, bound, "S", "; hint")
    assert str(caught.value) == message


@pytest.mark.parametrize("time", [PRESTREAM, MIN, 0, MAX, POSTSTREAM])
def test_what_may_come_first(time: int) -> None:
    check_time(time, PRESTREAM, "S")


@pytest.mark.parametrize(
    ("time", "offset", "bound"),
    [
        (0, 0, 1),
        (10, 0, 11),
        (10, -3, 8),
        (MAX, 0, POSTSTREAM),
        (MAX, 2, POSTSTREAM),
        (MAX, -2, MAX - 1),
        (MAX - 1, 5, ONE_OVER_POSTSTREAM),
        (POSTSTREAM, 0, ONE_OVER_POSTSTREAM),
        (PRESTREAM, 0, MIN),
        (PRESTREAM, 7, MIN),
    ],
)
def test_what_a_call_promises(time: int, offset: int, bound: int) -> None:  # 33
    assert bound_after(time, offset) == bound
