"""A file as a live source: paced by the clock, and the same each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from calculators.live.delivery import SUPERSEDED, Delivery
from calculators.live.file_feed import FileFeed
from calculators.media.faults import MediaFault
from calculators.media.media_reader import TimedImage
from calculators.types import RgbImage, VideoHeader
from graphflow.running.clock import VirtualClock

PICTURE = RgbImage(np.zeros((2, 2, 3), np.uint8))


class FakeReader:
    """Frames at given times."""

    repairs = 0

    def __init__(self, times_us: Sequence[int], faults: Sequence[str] = ()) -> None:
        self.header = VideoHeader(2, 2, None, None, None)
        self.faults = list(faults)
        self.is_closed = False
        self._times_us = times_us

    def __iter__(self) -> Iterator[TimedImage]:
        return (TimedImage(time, PICTURE) for time in self._times_us)

    def close(self) -> None:
        self.is_closed = True


def times_until_end(feed: FileFeed) -> list[int]:
    times = []
    while not (delivery := feed.next()).is_end:
        if delivery.frame is not None:
            times.append(delivery.frame.timestamp_us)
    return times


def time_of(delivery: Delivery) -> int | None:
    return None if delivery.frame is None else delivery.frame.timestamp_us


def test_frames_are_given_when_they_are_due() -> None:
    clock = VirtualClock(1_000)
    feed = FileFeed(FakeReader([0, 40_000, 90_000]), clock, is_paced=True)
    seen = []
    for _ in range(3):
        seen.append((time_of(feed.next()), clock.now_us))
    assert seen == [(0, 1_000), (40_000, 41_000), (90_000, 91_000)]


def test_packet_times_and_the_origin_are_the_clocks_time() -> None:
    clock = VirtualClock(5_000_000)
    feed = FileFeed(FakeReader([700, 40_700]), clock, is_paced=True)
    for _ in range(2):
        delivery = feed.next()
        assert delivery.frame is not None
        assert feed.origin_us + delivery.frame.timestamp_us == clock.now_us


def test_who_comes_late_gets_the_newest_frame_that_is_due() -> None:
    clock = VirtualClock()
    feed = FileFeed(FakeReader([0, 10, 20, 30, 40, 50]), clock, is_paced=True)
    feed.next()
    clock.advance(35)
    late = feed.next()
    assert (time_of(late), late.losses) == (30, Counter({SUPERSEDED: 2}))
    assert (time_of(feed.next()), clock.now_us) == (40, 40)
    assert times_until_end(feed) == [50]


def test_the_newest_frame_of_a_file_that_is_over_is_still_given() -> None:
    clock = VirtualClock()
    feed = FileFeed(FakeReader([0, 10, 20]), clock, is_paced=True)
    feed.next()
    clock.advance(1_000)
    late = feed.next()
    assert (time_of(late), late.losses[SUPERSEDED], late.is_end) == (20, 1, False)
    assert feed.next().is_end


def test_no_call_waits_for_long() -> None:
    clock = VirtualClock()
    feed = FileFeed(FakeReader([0, 250_000]), clock, is_paced=True)
    feed.next()
    waits = []
    while time_of(feed.next()) is None:
        waits.append(clock.now_us)
    assert (waits, clock.now_us) == ([100_000, 200_000], 250_000)


def test_without_pace_every_frame_is_given_at_once() -> None:
    clock = VirtualClock()
    feed = FileFeed(FakeReader([0, 10, 20]), clock, is_paced=False)
    clock.advance(1_000_000)
    assert times_until_end(feed) == [0, 10, 20]
    assert clock.now_us == 1_000_000


@pytest.mark.parametrize("is_paced", [True, False])
def test_what_could_not_be_read_is_told_at_the_end(is_paced: bool) -> None:
    feed = FileFeed(FakeReader([0], ["clip: damaged"]), VirtualClock(), is_paced=is_paced)
    assert time_of(feed.next()) == 0
    end = feed.next()
    assert isinstance(end.fault, MediaFault)
    assert end.fault.faults == ("clip: damaged",)


def test_closing_closes_the_file() -> None:
    reader = FakeReader([0])
    FileFeed(reader, VirtualClock(), is_paced=True).close()
    assert reader.is_closed
