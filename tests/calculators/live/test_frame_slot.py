"""One frame between two threads: the newest, or each."""

from __future__ import annotations

import threading
from collections import Counter

import av
import pytest

from calculators.live.delivery import SUPERSEDED
from calculators.live.frame_slot import Captured, FrameSlot

LONGEST_SECONDS = 20.0


def frame(time: int) -> Captured:
    return Captured(time, av.VideoFrame(16, 16, "rgb24"))


def taken(slot: FrameSlot) -> int | None:
    found = slot.take(0).frame
    return None if found is None else found.captured_us


def test_the_newest_frame_is_taken_and_others_are_counted() -> None:
    slot = FrameSlot()
    for time in range(4):
        slot.put_newest(frame(time))
    told = slot.take(0)
    assert told.frame is not None
    assert (told.frame.captured_us, told.losses) == (3, Counter({SUPERSEDED: 3}))
    assert (taken(slot), slot.take(0).losses) == (None, Counter())


def test_what_is_told_is_told_once() -> None:
    slot = FrameSlot()
    slot.say("lost")
    slot.lose("damaged")
    slot.bump()
    told = slot.take(LONGEST_SECONDS)
    assert (told.notices, told.losses, told.bumped) == (["lost"], Counter(damaged=1), 1)
    told = slot.take(0)
    assert (told.notices, told.losses, told.bumped) == ([], Counter(), 0)


def test_the_last_frame_comes_with_the_end() -> None:
    slot, fault = FrameSlot(), ValueError("gone")
    slot.put_newest(frame(7))
    slot.end(fault)
    told = slot.take(LONGEST_SECONDS)
    assert told.frame is not None
    assert (told.frame.captured_us, told.is_end, told.fault) == (7, True, fault)


def test_who_waits_is_woken_by_a_frame() -> None:
    slot = FrameSlot()
    thread = threading.Thread(target=slot.put_newest, args=(frame(5),))
    thread.start()
    told = slot.take(LONGEST_SECONDS)
    thread.join()
    assert told.frame is not None


def test_each_frame_waits_for_the_one_before_it() -> None:
    slot, times = FrameSlot(), list[int]()

    def put() -> None:
        for time in range(20):
            slot.put_next(frame(time))
        slot.end()

    thread = threading.Thread(target=put)
    thread.start()
    while not (told := slot.take(LONGEST_SECONDS)).is_end or told.frame is not None:
        if told.frame is not None:
            times.append(told.frame.captured_us)
        if told.is_end:
            break
    thread.join()
    assert times == list(range(20))


@pytest.mark.parametrize("wait", ["put_next", "sleep"])
def test_closing_wakes_the_reader(wait: str) -> None:
    slot = FrameSlot()
    slot.put_next(frame(0))

    def work() -> None:
        if wait == "put_next":
            slot.put_next(frame(1))
        else:
            assert slot.sleep(1e6)

    thread = threading.Thread(target=work)
    thread.start()
    slot.close()
    thread.join(LONGEST_SECONDS)
    assert not thread.is_alive()
    assert (taken(slot), slot.is_closed) == (None, True)


def test_after_closing_no_frame_is_kept() -> None:
    slot = FrameSlot()
    slot.close()
    slot.put_newest(frame(0))
    slot.put_next(frame(0))
    assert taken(slot) is None
