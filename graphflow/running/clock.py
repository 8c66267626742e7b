"""Clock: the time that calculators may ask for, as a service, so that tests can bring their own.

Packet times come from whoever feeds the graph and need no clock. A clock is for what happens in the
world: how long something took, how often packets come, waiting for a device.
"""

from __future__ import annotations

import time
from typing import Final, Protocol

from graphflow.nodes.service import Service

_US_PER_SECOND: Final = 1_000_000


class Clock(Protocol):
    """What calculators ask for the time."""

    @property
    def now_us(self) -> int:
        """Microseconds; never less than before. Of the wall clock: since 1970, UTC."""

    def sleep(self, seconds: float) -> None:
        """Let so much time pass in this call; nothing for 0 and less."""


class WallClock:
    """The real time, taken once from the system and then counted on: it never steps back."""

    def __init__(self) -> None:
        self._origin_ns = time.time_ns() - time.monotonic_ns()

    @property
    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        return (self._origin_ns + time.monotonic_ns()) // 1000

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)


class VirtualClock:
    """A time that moves only when it is told to, or when a calculator sleeps: for tests.

    In a run of one thread, and in `simulate_timed`, whatever depends on it is the same each time.

    Args:
        now_us: where it stands at first.
    """

    def __init__(self, now_us: int = 0) -> None:
        self._now_us = now_us

    @property
    def now_us(self) -> int:
        """Microseconds."""
        return self._now_us

    def sleep(self, seconds: float) -> None:
        """Move on, at once; rounded to microseconds."""
        self._now_us += max(0, round(seconds * _US_PER_SECOND))

    def advance(self, duration_us: int) -> None:
        """Move on.

        Raises:
            ValueError: time does not go back.
        """
        if duration_us < 0:
            raise ValueError(f"found {duration_us} µs; a clock is advanced by 0 or more")
        self._now_us += duration_us

    def move_to(self, now_us: int) -> None:
        """Stand at a time; back as well, for calls that overlap are simulated one by one."""
        self._now_us = now_us

    def __repr__(self) -> str:
        return f"VirtualClock({self._now_us})"


CLOCK: Final = Service[Clock]("clock", default=WallClock)
"""The clock of a graph; the wall clock, unless the application gives another."""
