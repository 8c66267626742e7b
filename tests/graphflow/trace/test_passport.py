"""The way of a frame: from its last call back to where it came from, without a gap."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graphflow.trace import Arrival, TracedCall, passports
from graphflow.trace.events import APPLICATION
from graphflow.trace.passport import Leg


def call(
    number: int,
    ready: int,
    began: int,
    ended: int,
    inputs: Sequence[Arrival] = (),
    *,
    time: int = 7,
    outputs: Sequence[tuple[int, int]] = (),
) -> TracedCall:
    return TracedCall(
        *(number, number, "process", time, 1, ready, began, ended, tuple(inputs), tuple(outputs))
    )


def parts(legs: Sequence[Leg]) -> list[tuple[int, int, int, int]]:
    return [(leg.call.number, leg.waiting_ns, leg.queued_ns, leg.busy_ns) for leg in legs]


SOURCE = call(0, 0, 10, 20, time=0, outputs=[(0, 7)])


def test_the_way_goes_back_by_the_packet_that_came_last() -> None:
    quick = call(1, 21, 22, 25, [Arrival(0, 7, 21, 0)], outputs=[(1, 7)])
    slow = call(2, 21, 30, 60, [Arrival(0, 7, 21, 0)], outputs=[(2, 7)])
    join = call(3, 61, 70, 75, [Arrival(1, 7, 26, 1), Arrival(2, 7, 61, 2)])
    (legs,) = passports([SOURCE, quick, slow, join]).values()
    assert parts(legs) == [(0, 0, 0, 10), (2, 1, 9, 30), (3, 1, 9, 5)]
    assert sum(sum(each[1:]) for each in parts(legs)) == join.ended_ns - SOURCE.began_ns


def test_a_wait_for_a_packet_of_the_frame_before_is_named_and_not_followed() -> None:
    loop = call(1, 100, 101, 110, [Arrival(0, 7, 21, 0), Arrival(5, 6, 100, 9)])
    (legs,) = passports([SOURCE, loop]).values()
    assert parts(legs) == [(0, 0, 0, 10), (1, 80, 1, 9)]
    assert legs[1].waited_for == 5


def test_a_call_for_a_packet_of_the_frame_before_alone_leads_back_to_the_source() -> None:
    loop = call(1, 100, 101, 110, [Arrival(5, 6, 100, 9)], outputs=[(6, 7)])
    end = call(2, 111, 112, 120, [Arrival(6, 7, 111, 1)])
    (legs,) = passports([SOURCE, loop, end]).values()
    assert parts(legs) == [(0, 0, 0, 10), (1, 80, 1, 9), (2, 1, 1, 8)]
    assert (legs[1].came_by, legs[1].waited_for) == (None, 5)


def test_a_frame_of_the_application_begins_when_it_is_added() -> None:
    first = call(1, 40, 45, 50, [Arrival(0, 7, 30, APPLICATION)])
    (legs,) = passports([first]).values()
    assert parts(legs) == [(1, 10, 5, 5)]


def test_where_calls_were_not_kept_the_way_begins_after_them() -> None:
    last = call(8, 40, 45, 50, [Arrival(0, 7, 30, 3)])
    assert parts(passports([last])[7]) == [(8, 10, 5, 5)]


@pytest.mark.parametrize("step", ["open", "close"])
def test_opens_and_closes_are_no_frames(step: str) -> None:
    assert passports([call(0, 0, 1, 2)._replace(step=step)]) == {}
