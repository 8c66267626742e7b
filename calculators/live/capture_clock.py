"""CaptureClock: when frames of a stream were captured, by our own clock.

Theory. A stream has times of its own, from a clock that nobody set, and its frames come here
after delays that vary. The frame that was delayed least tells how far the two clocks are apart:
capture time = the stream's time + the least (arrival - the stream's time) so far. So jitter of the
network does not get into the times, and what is delayed shows as age.

Clocks run at different rates. So the difference creeps up by `DRIFT` of the time that passes, and
the next frame that is less delayed sets it right again. Where the stream's clock jumps, the
difference is found anew; a clock that stood still while nothing came jumps too, as it were, and is
told from a delay by its lasting longer than `PATIENCE_US`.
"""

from __future__ import annotations

from typing import Final, Literal

from calculators.media.frame_clock import MICROSECONDS
from graphflow.words.errors import TimestampError

DRIFT: Final = 200e-6
"""More than two crystal clocks differ: 100 parts in a million is a bad one."""

JUMP_US: Final = MICROSECONDS
"""What differs by more was not delayed or advanced: the stream's clock was set."""

PATIENCE_US: Final = 5 * MICROSECONDS
"""How long all frames may be late before the stream's clock is taken to be behind."""


BadTimes = Literal["raise", "drop", "bump"]
"""What becomes of a frame whose time repeats, runs backwards or jumps."""


class CaptureClock:
    """Gives frames strictly increasing times by our clock.

    Args:
        bad_times: what becomes of frames whose own time is no good.

    Attributes:
        bad: how many frames had a time that was no good, whatever became of them.
    """

    def __init__(self, bad_times: BadTimes) -> None:
        self.bad = 0
        self._bad_times = bad_times
        self._last_us: int | None = None
        self._last_arrival_us = 0
        self.begin_stream()

    def begin_stream(self) -> None:
        """A stream begins, maybe not the first: its times have nothing to do with those before."""
        self._difference_us: float | None = None
        self._last_own_us = 0
        self._late_since_us: int | None = None
        self._least_lag_us = 0.0

    def time_of(self, own_us: int | None, arrival_us: int) -> int | None:
        """Return when a frame was captured, in microseconds; None if it is to be dropped.

        Args:
            own_us: the stream's time of it, microseconds; None where it has none.
            arrival_us: when it came, by our clock.

        Raises:
            TimestampError: its time is no good, and that is to be raised.
        """
        captured_us, fault = float(arrival_us), ""
        if own_us is not None:
            captured_us, fault = self._mapped(own_us, arrival_us)
            self._last_own_us = own_us
        self._last_arrival_us = arrival_us
        if fault:
            self.bad += 1
            if self._bad_times == "raise":
                raise TimestampError(
                    f"the stream's clock {fault}; expected times that increase\n"
                    "  hint: bad_timestamps bump or drop goes on all the same"
                )
            if self._bad_times == "drop":
                return None
        return self._increasing(round(captured_us))

    def _mapped(self, own_us: int, arrival_us: int) -> tuple[float, str]:
        """Return a frame's time by our clock, and what is wrong with its own."""
        step_us = own_us - self._last_own_us
        if self._difference_us is None:
            self._difference_us = arrival_us - own_us
            return arrival_us, ""
        if step_us <= -JUMP_US:
            return self._set_anew(own_us, arrival_us), f"went back by {_seconds(-step_us)}"
        if step_us <= 0:
            return arrival_us, "repeats" if step_us == 0 else f"went back by {_seconds(-step_us)}"
        self._difference_us += DRIFT * (arrival_us - self._last_arrival_us)
        lag_us = arrival_us - own_us - self._difference_us
        if lag_us < -JUMP_US:
            return self._set_anew(own_us, arrival_us), f"jumped ahead by {_seconds(-lag_us)}"
        if lag_us < 0:
            self._difference_us += lag_us
        elif self._has_stayed_behind(lag_us, arrival_us):
            return self._set_anew(own_us, arrival_us), f"fell behind by {_seconds(lag_us)}"
        return own_us + self._difference_us, ""

    def _set_anew(self, own_us: int, arrival_us: int) -> float:
        self.begin_stream()
        self._difference_us = arrival_us - own_us
        return arrival_us

    def _has_stayed_behind(self, lag_us: float, arrival_us: int) -> bool:
        """Tell whether frames have been late for long, and don't catch up."""
        if lag_us < JUMP_US:
            self._late_since_us = None
            return False
        if self._late_since_us is None or lag_us < self._least_lag_us - JUMP_US / 2:
            self._late_since_us, self._least_lag_us = arrival_us, lag_us
        return arrival_us - self._late_since_us > PATIENCE_US

    def _increasing(self, captured_us: int) -> int:
        last = self._last_us
        self._last_us = captured_us if last is None else max(captured_us, last + 1)
        return self._last_us


def _seconds(duration_us: float) -> str:
    return f"{duration_us / MICROSECONDS:.3f} s"
