"""StreamFeed: frames of a camera, an address or a pipe, read by a thread beside the graph.

Theory. The thread reads whatever comes as soon as it comes, so nothing piles up where we can't see
it, in sockets and drivers. What it decoded it leaves in the slot. Only the thread touches FFmpeg:
a call of it that waits can't be ended from outside, so a feed that is closed does not wait for the
thread. The thread sees it at the latest when its own patience ends, and closes what it opened. It
is a daemon, so that it keeps no program from ending.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from calculators.live.back_off import BackOff
from calculators.live.capture_clock import CaptureClock
from calculators.live.delivery import BAD_TIME, BEHIND, DAMAGED, WAIT_SECONDS, Delivery
from calculators.live.frame_slot import Captured, FrameSlot
from calculators.live.haste import Haste
from calculators.live.stream_session import Arrival, StreamLost, StreamSession
from calculators.media.faults import MediaFault
from calculators.media.frame_clock import MICROSECONDS, FrameClock
from calculators.media.media_reader import TimedImage
from calculators.media.upright import Upright
from calculators.types import VideoHeader
from graphflow.running.clock import Clock
from graphflow.words.errors import GraphflowError

CLOSING_SECONDS: Final = 0.2
"""How long a feed that is closed waits for its thread: long enough for a frame to come."""

Connect = Callable[[Callable[[], bool]], StreamSession]


@dataclass(frozen=True)
class StreamChoices:
    """How a stream is read.

    Attributes:
        name: for messages.
        connect: opens the place, and waits no longer than its patience; it is given what tells
            whether nobody reads any more.
        is_realtime: a stream that has an end is played at its own pace; else all its frames are
            given, as quickly as they are taken.
        is_pipe: it can't be opened again, and its end is the end.
        quiet_seconds: after which silence is told, of a place whose silence is not its end.
    """

    name: str
    connect: Connect
    is_realtime: bool
    is_pipe: bool = False
    quiet_seconds: float = math.inf


class StreamFeed:
    """Reads a stream from now on, until it is closed.

    Args:
        choices: how.
        times: gives frames their times.
        back_off: says when to try again.
        clock: of the graph.
    """

    def __init__(
        self, choices: StreamChoices, times: CaptureClock, back_off: BackOff, clock: Clock
    ) -> None:
        self.header = VideoHeader(0, 0, None, None, None)
        self.origin_us = 0
        self._has_begun = False
        self._choices = choices
        self._clock = clock
        self._heard_us = clock.now_us
        self._is_silence_told = False
        self._slot = FrameSlot()
        self._upright = Upright()
        reading = _Reading(choices, times, back_off, clock, self._slot)
        name = f"graphflow-read {choices.name}"
        self._thread = threading.Thread(target=reading.run, name=name, daemon=True)
        self._thread.start()

    def next(self) -> Delivery:
        """Return the newest frame; wait for one if there is none."""
        told = self._slot.take(WAIT_SECONDS)
        delivery = Delivery(None, told.losses, told.bumped, told.notices)
        self._note_silence(delivery, told.frame is not None or told.is_end)
        if told.frame is not None:
            if not self._has_begun:
                self._has_begun = True
                self.origin_us = told.frame.captured_us
                self.header = self._slot.header
            time_us = told.frame.captured_us - self.origin_us
            delivery.frame = TimedImage(time_us, self._upright(told.frame.frame))
        delivery.is_end, delivery.fault = told.is_end, told.fault
        return delivery

    def _note_silence(self, delivery: Delivery, has_news: bool) -> None:
        now_us, quiet_seconds = self._clock.now_us, self._choices.quiet_seconds
        if has_news:
            self._heard_us, self._is_silence_told = now_us, False
        elif not self._is_silence_told and now_us - self._heard_us > quiet_seconds * MICROSECONDS:
            self._is_silence_told = True
            name = self._choices.name
            delivery.notices.append(f"{name}: nothing came for {quiet_seconds:g} s; waiting for it")

    def close(self) -> None:
        """Read no more. A place that is silent is closed later, when the thread gets to it."""
        self._slot.close()
        self._thread.join(CLOSING_SECONDS)  # so that a camera can be opened again at once


class _Reading:
    """What the thread does: connect, read, and connect again."""

    def __init__(
        self,
        choices: StreamChoices,
        times: CaptureClock,
        back_off: BackOff,
        clock: Clock,
        slot: FrameSlot,
    ) -> None:
        self._choices = choices
        self._times = times
        self._back_off = back_off
        self._clock = clock
        self._slot = slot
        self._has_header = False
        self._is_damage_told = False
        self._lost_us = 0
        self._is_back = True
        self._presentation: FrameClock | None = None
        self._began_us = 0

    def run(self) -> None:
        """The thread's life; whatever goes wrong in it ends the source."""
        try:
            self._read_on()
        except Exception as error:
            self._slot.end(error)

    def _read_on(self) -> None:
        """Read one session after another, until there is no more."""
        while not self._slot.is_closed:
            try:
                session = self._choices.connect(lambda: self._slot.is_closed)
            except GraphflowError as error:
                if not self._has_header:
                    raise _first_failure(self._choices.name, error) from error
                if not self._waits_for_another(error):
                    return
                continue
            try:
                reason = self._read(session)
            finally:
                session.close()
            if reason is None or not self._waits_for_another(reason):
                return

    def _read(self, session: StreamSession) -> GraphflowError | None:
        """Read one session to its end; return why another is needed, None if none is."""
        opened_us = self._clock.now_us
        self._times.begin_stream()
        choices = self._choices
        is_clip = session.duration_us is not None or (choices.is_pipe and not choices.is_realtime)
        give = self._played if is_clip else self._live
        session.haste = None if is_clip else Haste()
        try:
            for arrival in session:
                if self._slot.is_closed:
                    return None
                if arrival.skipped:
                    self._slot.lose(BEHIND, arrival.skipped)
                if arrival.frame is None:
                    self._note_damage()
                    continue
                self._note_header(session, arrival)
                give(arrival)
                self._back_off.note_success((self._clock.now_us - opened_us) / MICROSECONDS)
        except StreamLost as error:
            return error
        finally:
            if session.haste is not None and session.haste.skipped:
                self._slot.lose(BEHIND, session.haste.skipped)  # no frame came after them
        if is_clip or choices.is_pipe:
            self._slot.end()
            return None
        return StreamLost("the sender ended the stream")

    # ---- frames ----------------------------------------------------------------------------------

    def _live(self, arrival: Arrival) -> None:
        before = self._times.bad
        captured_us = self._times.time_of(arrival.own_us, arrival.arrival_us)
        assert arrival.frame is not None
        if captured_us is None:
            self._slot.lose(BAD_TIME)
            return
        if self._times.bad > before:
            self._slot.bump()
        self._slot.put_newest(Captured(captured_us, arrival.frame))

    def _played(self, arrival: Arrival) -> None:
        """Give a frame of a stream that has an end, by its own time."""
        frame = arrival.frame
        assert frame is not None
        if self._presentation is None:
            self._presentation = FrameClock(self._slot.header.frame_rate)
            time_us = self._presentation.next(frame.pts, frame.time_base)
            self._began_us = self._clock.now_us - time_us
        else:
            time_us = self._presentation.next(frame.pts, frame.time_base)
        captured = Captured(self._began_us + time_us, frame)
        if not self._choices.is_realtime:
            self._slot.put_next(captured)
        elif not self._slot.sleep((captured.captured_us - self._clock.now_us) / MICROSECONDS):
            self._slot.put_newest(captured)

    def _note_header(self, session: StreamSession, arrival: Arrival) -> None:
        if not self._has_header and arrival.frame is not None:
            self._has_header = True
            self._slot.header = session.header(arrival.frame)
        if not self._is_back:
            self._is_back = True
            seconds = (self._clock.now_us - self._lost_us) / MICROSECONDS
            self._slot.say(f"{self._choices.name}: back after {seconds:.1f} s")

    def _note_damage(self) -> None:
        self._slot.lose(DAMAGED)
        if not self._is_damage_told:
            self._is_damage_told = True
            self._slot.say(
                f"{self._choices.name}: sends damaged packets; they are left out, and counted"
            )

    # ---- losses ----------------------------------------------------------------------------------

    def _waits_for_another(self, reason: GraphflowError) -> bool:
        """Tell of a loss once; wait until it is time to try again; return whether it is."""
        if self._is_back:
            self._is_back = False
            self._lost_us = self._clock.now_us
            again = "" if self._back_off.is_exhausted else "; trying to reach it again"
            self._slot.say(f"{self._choices.name}: lost: {reason}{again}")
        if self._back_off.is_exhausted:
            seconds = (self._clock.now_us - self._lost_us) / MICROSECONDS
            attempts = self._back_off.made
            times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
            tried = f" ({times} in {seconds:.0f} s)" if attempts else ""
            raise MediaFault([f"{self._choices.name}: lost for good: {reason}{tried}"])
        return not self._slot.sleep(self._back_off.next_seconds())


def _first_failure(name: str, error: GraphflowError) -> GraphflowError:
    if isinstance(error, StreamLost):
        return MediaFault([f"{name}: can't be opened: {error}"])
    return error
