"""A file as a live source: at its own pace by a clock, or as quickly as it is read.

Theory. Nothing here has a thread: a call reads a frame, sleeps on the clock until it is due, and
gives it. A call that comes later than by a frame's length gives the newest frame that was due when
it came. So a run on a virtual clock is the same each time, and the same as a real one on a machine
that reads frames in no time.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from calculators.live.delivery import SUPERSEDED, WAIT_SECONDS, Delivery
from calculators.media.faults import MediaFault
from calculators.media.frame_clock import MICROSECONDS
from calculators.media.media_reader import MediaReader, TimedImage
from graphflow.running.clock import Clock

WAIT_US: Final = round(WAIT_SECONDS * MICROSECONDS)


class FileFeed:
    """Frames of a file: all of them, or at their own pace, and then the newest alone.

    Args:
        reader: of the file, pictures or folder.
        clock: by which it is paced.
        is_paced: whether it is.
    """

    def __init__(self, reader: MediaReader, clock: Clock, *, is_paced: bool) -> None:
        self.header = reader.header
        self.origin_us = 0
        self._reader = reader
        self._frames = iter(reader)
        self._clock = clock
        self._is_paced = is_paced
        self._pending: TimedImage | None = None
        self._has_begun = False
        self._last_us = 0
        self._step_us = 0

    def next(self) -> Delivery:
        """Return the next frame when it is due, or the newest that is."""
        frame = self._pending or self._read()
        if not self._has_begun and frame is not None:
            self._has_begun = True
            self.origin_us = self._clock.now_us - frame.timestamp_us
        if frame is None:
            faults = self._reader.faults
            return Delivery(is_end=True, fault=MediaFault(faults) if faults else None)
        return self._paced(frame) if self._is_paced else self._given(frame)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _read(self) -> TimedImage | None:
        frame = next(self._frames, None)
        if frame is not None:
            self._step_us = frame.timestamp_us - self._last_us
            self._last_us = frame.timestamp_us
        return frame

    def _given(self, frame: TimedImage, skipped: int = 0) -> Delivery:
        if self._pending is frame:
            self._pending = None
        return Delivery(frame, Counter({SUPERSEDED: skipped} if skipped else {}))

    def _paced(self, frame: TimedImage) -> Delivery:
        now_us = self._clock.now_us - self.origin_us
        late_us = now_us - frame.timestamp_us
        if late_us < 0:
            self._clock.sleep(min(-late_us, WAIT_US) / MICROSECONDS)
            if -late_us > WAIT_US:
                self._pending = frame
                return Delivery()
        elif late_us >= self._step_us:
            return self._newest(frame, now_us)
        return self._given(frame)

    def _newest(self, frame: TimedImage, now_us: int) -> Delivery:
        """Give the newest frame that is due; frames that fall due meanwhile must wait."""
        skipped = 0
        while True:
            newer = self._pending = self._read()
            if newer is None or newer.timestamp_us > now_us:
                return self._given(frame, skipped)
            frame = newer
            skipped += 1
