"""Presentation times in microseconds that strictly increase, whatever the container says."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

MICROSECONDS: Final = 1_000_000
RATE_FALLBACK: Final = Fraction(25)
"""Frames per second where neither container nor codec tells: FFmpeg's own fallback."""

TIME_LIMIT_US: Final = 1 << 62


def to_microseconds(ticks: int, time_base: Fraction) -> int:
    """Return `ticks` of `time_base` seconds in microseconds, rounded half to even.

    Equal to ``round(Fraction(ticks) * time_base * 1_000_000)``, without making fractions.
    """
    numerator = ticks * time_base.numerator * MICROSECONDS
    quotient, rest = divmod(numerator, time_base.denominator)
    twice = 2 * rest
    if twice > time_base.denominator or (twice == time_base.denominator and quotient & 1):
        quotient += 1
    return quotient


class FrameClock:
    """Turns a decoder's times into strictly increasing microseconds, changing as few as it can.

    A true time is kept whenever it lies after the previous one. A missing time continues at the
    frame rate. A time that repeats, or lags by less than a frame, becomes the previous one plus
    1 µs. A larger jump backwards starts a new count: this and the following frames are shifted so
    that they continue one frame after the previous one (streams spliced together).

    Attributes:
        repairs: how many frames got a time that the container did not give them.
    """

    def __init__(self, frame_rate: Fraction | None) -> None:
        self.repairs = 0
        self._step = MICROSECONDS / (frame_rate or RATE_FALLBACK)
        self._previous: int | None = None
        self._made_up = Fraction(0)
        self._shift_us = 0

    def next(self, ticks: int | None, time_base: Fraction | None) -> int:
        """Return the time of the next frame in microseconds.

        Args:
            ticks: the frame's presentation time, or None where it has none.
            time_base: seconds per tick.
        """
        time = None
        if ticks is not None and time_base:
            time = to_microseconds(ticks, time_base)
        if time is None or abs(time) > TIME_LIMIT_US:
            time = self._continued()
        else:
            time = self._increasing(time)
            self._made_up = Fraction(time)
        self._previous = time
        return time

    def _continued(self) -> int:
        self.repairs += 1
        if self._previous is None:
            return 0
        self._made_up += self._step
        return max(round(self._made_up), self._previous + 1)

    def _increasing(self, time: int) -> int:
        previous = self._previous
        if previous is None or time > previous:
            return time
        self.repairs += 1
        # A shift that comes from a time which made no sense may lead out of what 64 bits hold.
        if previous < time + self._shift_us <= TIME_LIMIT_US:
            return time + self._shift_us
        if previous - time < self._step:
            return previous + 1
        self._shift_us = previous + max(1, round(self._step)) - time
        return time + self._shift_us
