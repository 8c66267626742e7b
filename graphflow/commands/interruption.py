"""Ctrl-C and SIGTERM: the first one is noted, the second one kills."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

TOGETHER_SECONDS: Final = 0.5
"""The same signal so soon after the first one is no second one. `timeout` signals a program, and
then the group of processes that it is in, and so do other programs that start programs."""


class Interruption:
    """While this is entered, notes the first signal instead of dying of it.

    A handler runs between any two instructions of the main thread, also inside a lock, so it only
    notes; whoever waits for the graph asks, and cancels it. A second signal has its usual effect.

    Args:
        now: tells the time, seconds.

    Attributes:
        signal: number of the signal that came, 0 before.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.signal = 0
        self._now = now
        self._noted_at = 0.0
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def exit_code(self) -> int:
        """What shells make of the signal: 130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + self.signal

    def __enter__(self) -> Interruption:
        for number in SIGNALS:
            # A signal that our parent told us to ignore (nohup, background jobs) stays ignored.
            if signal.getsignal(number) is signal.SIG_IGN:
                continue
            try:
                self._previous[number] = signal.signal(number, self._note)
            except ValueError:  # Only the main thread gets signals; elsewhere there is no need.
                return self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.signal:
            self.signal, self._noted_at = number, self._now()
        elif number != self.signal or self._now() - self._noted_at >= TOGETHER_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
