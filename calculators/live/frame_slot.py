"""FrameSlot: where a reader's thread leaves frames for a source's calls, and the newest alone.

Invariants: at most one frame is in the slot; after `close`, none is, and no reader waits here.
Both sides wait on one condition, so each is woken by what it waits for: no one looks again and
again.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from av.video.frame import VideoFrame

from calculators.live.delivery import SUPERSEDED
from calculators.types import VideoHeader


class Captured(NamedTuple):
    """A decoded frame and the time, by the clock, at which it was captured, in microseconds."""

    captured_us: int
    frame: VideoFrame


@dataclass
class Told:
    """What the reader told since somebody last asked.

    Attributes:
        frame: the frame in the slot.
        losses, bumped, notices, is_end, fault: as in `Delivery`.
    """

    frame: Captured | None
    losses: Counter[str]
    bumped: int
    notices: list[str]
    is_end: bool
    fault: Exception | None


class FrameSlot:
    """Room for one frame, between one thread that reads and one that takes.

    Attributes:
        header: of the first stream that was opened; set before the first frame.
    """

    def __init__(self) -> None:
        self.header = VideoHeader(0, 0, None, None, None)
        self._changed = threading.Condition()
        self._frame: Captured | None = None
        self._losses: Counter[str] = Counter()
        self._bumped = 0
        self._notices: list[str] = []
        self._is_end = False
        self._fault: Exception | None = None
        self._is_closed = False

    # ---- the reader ------------------------------------------------------------------------------

    def put_newest(self, frame: Captured) -> None:
        """Leave a frame in place of the one that nobody has taken."""
        with self._changed:
            if self._is_closed:
                return
            if self._frame is not None:
                self._losses[SUPERSEDED] += 1
            self._frame = frame
            self._changed.notify_all()

    def put_next(self, frame: Captured) -> None:
        """Leave a frame when the one before it was taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is None or self._is_closed)
            if not self._is_closed:
                self._frame = frame
                self._changed.notify_all()

    def lose(self, reason: str, count: int = 1) -> None:
        """Count frames that nobody will get."""
        with self._changed:
            self._losses[reason] += count

    def bump(self) -> None:
        """Count a frame whose time was replaced."""
        with self._changed:
            self._bumped += 1

    def say(self, notice: str) -> None:
        """Let the user know something."""
        with self._changed:
            self._notices.append(notice)
            self._changed.notify_all()

    def end(self, fault: Exception | None = None) -> None:
        """Tell that nothing will come any more, and why, if it should have."""
        with self._changed:
            self._is_end = True
            self._fault = fault
            self._changed.notify_all()

    def sleep(self, seconds: float) -> bool:
        """Wait, but not longer than until the slot is closed; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closed, max(0.0, seconds))

    @property
    def is_closed(self) -> bool:
        """Whether nobody takes frames any more."""
        with self._changed:
            return self._is_closed

    # ---- the source ------------------------------------------------------------------------------

    def take(self, wait_seconds: float) -> Told:
        """Return what there is; wait so long for something to come."""
        with self._changed:
            self._changed.wait_for(self._has_news, wait_seconds)
            told = Told(
                self._frame,
                self._losses,
                self._bumped,
                self._notices,
                self._is_end,  # a frame left before the end is taken with it
                self._fault,
            )
            self._frame, self._losses, self._bumped, self._notices = None, Counter(), 0, []
            self._changed.notify_all()
            return told

    def close(self) -> None:
        """Take no more frames, and let the reader know."""
        with self._changed:
            self._is_closed = True
            self._frame = None
            self._changed.notify_all()

    def _has_news(self) -> bool:
        return self._frame is not None or self._is_end or bool(self._notices)
