"""A feed's thread accounts for what its sessions say, whatever becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import av
import pytest

from calculators.live.back_off import BackOff
from calculators.live.capture_clock import BadTimes, CaptureClock
from calculators.live.delivery import BAD_TIME, BEHIND, DAMAGED, SUPERSEDED
from calculators.live.haste import Haste
from calculators.live.stream_feed import StreamChoices, StreamFeed
from calculators.live.stream_session import Arrival, StreamLost
from calculators.types import VideoHeader
from graphflow.running.clock import WallClock


class ScriptedSession:
    """Gives arrivals, skips packets, and is lost."""

    duration_us = None

    def __init__(self, arrivals: Sequence[Arrival], skipped_at_last: int = 0) -> None:
        self.haste: Haste | None = None
        self.is_closed = False
        self._arrivals = arrivals
        self._skipped_at_last = skipped_at_last

    def header(self, first: av.VideoFrame) -> VideoHeader:
        return VideoHeader(first.width, first.height, None, None, None)

    def __iter__(self) -> Iterator[Arrival]:
        yield from self._arrivals
        assert self.haste is not None, "a live stream may be skipped"
        self.haste.skipped += self._skipped_at_last
        raise StreamLost("the connection broke off")

    def close(self) -> None:
        self.is_closed = True


def arrival(number: int, skipped: int = 0, own_us: int | None = None) -> Arrival:
    frame = av.VideoFrame(16, 16, "rgb24")
    return Arrival(frame, own_us, 1_000_000 + 40_000 * number, skipped)


def play(
    session: ScriptedSession, attempts: int = 0, bad_times: BadTimes = "bump"
) -> tuple[int, Counter[str], list[str], str]:
    """Return how many frames came, what was lost, what was told, and how it ended."""
    sessions = [session]

    def connect(_: object) -> ScriptedSession:
        if not sessions:
            raise StreamLost("Connection refused")
        return sessions.pop()

    choices = StreamChoices("camera", connect, is_realtime=True)  # type: ignore[arg-type]
    back_off = BackOff(attempts, 0.001, 0.001)
    feed = StreamFeed(choices, CaptureClock(bad_times), back_off, WallClock())
    given, losses, told = 0, Counter[str](), []
    while True:
        delivery = feed.next()
        given += delivery.frame is not None
        losses.update(delivery.losses)
        told += delivery.notices
        if delivery.is_end:
            feed.close()
            return given, losses, told, str(delivery.fault)


def test_every_frame_of_a_session_is_given_or_accounted_for() -> None:
    damaged = Arrival(None, None, 1_000_000)
    session = ScriptedSession([arrival(0), damaged, arrival(1, skipped=7), arrival(2)])
    given, losses, _, _ = play(session)
    assert given >= 1
    assert given + losses[SUPERSEDED] == 3
    assert (losses[DAMAGED], losses[BEHIND]) == (1, 7)
    assert session.is_closed


def test_packets_that_were_skipped_before_a_loss_are_accounted_for() -> None:
    _, losses, _, _ = play(ScriptedSession([arrival(0, skipped=2)], skipped_at_last=5))
    assert losses[BEHIND] == 7


def test_frames_that_are_dropped_for_their_times_are_accounted_for() -> None:
    times = [0, 40_000, 40_000, 20_000, 200_000]
    session = ScriptedSession([arrival(number, own_us=own) for number, own in enumerate(times)])
    given, losses, _, _ = play(session, bad_times="drop")
    assert losses[BAD_TIME] == 2
    assert given + losses[SUPERSEDED] == 3


@pytest.mark.parametrize(("attempts", "words"), [(1, "(1 attempt in"), (2, "(2 attempts in")])
def test_the_last_word_counts_the_attempts(attempts: int, words: str) -> None:
    _, _, told, fault = play(ScriptedSession([arrival(0)]), attempts)
    assert told == ["camera: lost: the connection broke off; trying to reach it again"]
    assert fault.startswith("camera: lost for good: Connection refused")
    assert words in fault
