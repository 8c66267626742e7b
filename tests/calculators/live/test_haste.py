"""What is skipped so that no stream falls behind."""

from __future__ import annotations

from itertools import islice

import av
import pytest

from calculators.live.haste import BUSY_US, KEYLESS_US, SKIPPED_US, WAITED_US, Haste
from calculators.live.places import Place, PlaceKind
from calculators.live.stream_session import Patience, StreamSession
from graphflow.running.clock import VirtualClock

STEP = 40_000


class Stream:
    """Packets one after another: at each, when it was asked for, and how long that waited."""

    def __init__(self) -> None:
        self.haste = Haste()
        self.now_us = 0

    def skips(self, *, waited_us: int = 0, busy_us: int = STEP, is_keyframe: bool = True) -> bool:
        asked_us = self.now_us
        self.now_us += waited_us
        found = self.haste.must_skip(asked_us, self.now_us, is_keyframe=is_keyframe)
        self.now_us += busy_us
        return found


def test_nothing_is_skipped_of_a_stream_that_is_waited_for() -> None:
    stream = Stream()
    assert not any(stream.skips(waited_us=WAITED_US) for _ in range(1000))
    assert stream.haste.skipped == 0


def test_a_burst_is_decoded_whole() -> None:
    stream = Stream()
    assert not any(stream.skips() for _ in range(BUSY_US // STEP))


def test_who_never_waits_skips_until_he_has_to() -> None:
    stream = Stream()
    while not stream.skips():
        assert stream.now_us <= BUSY_US + 2 * STEP
    assert all(stream.skips(busy_us=100) for _ in range(20))
    assert not stream.skips(waited_us=WAITED_US)
    assert stream.haste.skipped == 21


def test_decoding_begins_again_with_a_key_frame() -> None:
    stream = Stream()
    while not stream.skips(is_keyframe=False):
        assert stream.now_us <= BUSY_US + 2 * STEP
    assert all(stream.skips(waited_us=WAITED_US, is_keyframe=False) for _ in range(10))
    assert not stream.skips(waited_us=WAITED_US, is_keyframe=True)
    assert not stream.skips(waited_us=WAITED_US, is_keyframe=False)


@pytest.mark.parametrize(("is_keyframe", "longest_us"), [(True, SKIPPED_US), (False, KEYLESS_US)])
def test_skipping_comes_to_an_end_in_any_case(is_keyframe: bool, longest_us: int) -> None:
    stream = Stream()
    while not stream.skips(is_keyframe=is_keyframe):
        assert stream.now_us <= BUSY_US + 2 * STEP
    began_us = stream.now_us
    while stream.skips(busy_us=1000, is_keyframe=is_keyframe):
        assert stream.now_us - began_us <= longest_us + 2000
    assert stream.now_us - began_us >= longest_us - 2 * STEP


class TickingClock(VirtualClock):
    """Each look at it takes a millisecond."""

    @property
    def now_us(self) -> int:
        self.advance(1000)
        return super().now_us


def test_a_session_tells_how_many_packets_it_skipped() -> None:
    try:
        av.format.ContainerFormat("lavfi", "r")
    except ValueError:
        pytest.skip("this FFmpeg has no virtual devices")
    place = Place("camera 9", PlaceKind.CAMERA, "testsrc=size=64x48:rate=10", "lavfi")
    clock = TickingClock()
    session = StreamSession(place, Patience(5, 5), clock)
    session.haste = Haste()
    before, skipped = -100_000, 0
    for arrival in islice(session, 60):
        clock.advance(49_000)  # whoever takes the frames is slow
        assert arrival.own_us is not None
        assert arrival.own_us - before == 100_000 * (1 + arrival.skipped)
        before, skipped = arrival.own_us, skipped + arrival.skipped
    session.close()
    assert skipped > 0
