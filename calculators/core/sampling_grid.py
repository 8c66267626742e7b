"""Sampling at a fixed rate: of each period of a grid the packet nearest to its centre.

Theory. Outputs lie on a grid of times, `first + k / frame_rate`, rounded to microseconds; each is
the centre of a period that reaches half a period to both sides. Of the packets in a period the one
nearest to the centre goes out, of two equally near the later one; into a period without packets
goes the newest one before it. The choice is made as soon as a packet at or after the centre is
there, for from then on none can be nearer.

Invariants: all periods before number `_period` are answered, and nothing before that period's
centre, which is the bound, will go out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import floor
from typing import Final, Protocol

from graphflow import Packet
from graphflow.words.quick_dataclass import dataclass

SECOND_US: Final = 1_000_000

Sample = tuple[Packet, int]
"""A packet that goes out, and the time at which it does, microseconds."""


class Sampler(Protocol):
    """Chooses which packets go out, and when. Times are ordinary ones, microseconds."""

    @property
    def bound(self) -> int:
        """The lowest time at which something may still go out; once a packet was taken."""

    @property
    def held(self) -> Collection[Packet]:
        """The packets that may still go out, perhaps again."""

    def take(self, packet: Packet) -> Iterator[Sample]:
        """Take the next packet; give what goes out, in the order of time."""

    def rest(self) -> Iterator[Sample]:
        """Give what goes out when nothing more comes."""


@dataclass(frozen=True)
class Grid:
    """Times at a fixed rate.

    Attributes:
        first: time of period 0, microseconds.
        frame_rate: periods per second.
    """

    first: int
    frame_rate: float

    def time_of(self, period: int) -> int:
        """Return the centre of a period, microseconds."""
        return self.first + rounded(period / self.frame_rate * SECOND_US)

    def period_at(self, time: int) -> int:
        """Return the number of the period that a time lies in."""
        return rounded((time - self.first) / SECOND_US * self.frame_rate)


def rounded(number: float) -> int:
    """Return the nearest integer, of two equally near the one further from zero."""
    return floor(number + 0.5) if number >= 0 else -floor(0.5 - number)


def grid_from(time: int, frame_rate: float, base: int | None) -> Grid:
    """Return the grid whose first time is `time`, or the nearest to it of the grid through `base`.

    Args:
        time: microseconds.
        frame_rate: periods per second, > 0.
        base: a time on the grid, microseconds; None for `time` itself.
    """
    if base is None:
        return Grid(time, frame_rate)
    aligned = Grid(base, frame_rate)
    return Grid(aligned.time_of(aligned.period_at(time)), frame_rate)


class GridSampler:
    """Gives each period of a grid the packet nearest to its centre, or the newest before it.

    Args:
        grid: the times at which packets go out.
        has_last: whether the last packet goes out though its period's centre lies after it.

    Source: MediaPipe, calculators/core/packet_resampler_calculator.cc, NoJitterStrategy
    """

    def __init__(self, grid: Grid, *, has_last: bool) -> None:
        self._grid = grid
        self._has_last = has_last
        self._period = 0
        self._last: Packet | None = None

    @property
    def bound(self) -> int:
        """The centre of the first period that is not answered."""
        return self._grid.time_of(self._period)

    @property
    def held(self) -> Collection[Packet]:
        """The newest packet."""
        return () if self._last is None else (self._last,)

    def take(self, packet: Packet) -> Iterator[Sample]:
        """Answer all periods for which no later packet can be nearer."""
        grid, last = self._grid, self._last
        self._last = packet
        period = grid.period_at(packet.timestamp)
        while last is not None and self._period < period:
            yield last, grid.time_of(self._period)
            self._period += 1
        centre = grid.time_of(self._period)
        if period < self._period or packet.timestamp < centre:
            return
        is_nearer = last is None or packet.timestamp - centre <= centre - last.timestamp
        yield (packet if last is None or is_nearer else last), centre
        self._period += 1

    def rest(self) -> Iterator[Sample]:
        """Give the last packet, if that is wanted and nothing of its period is out."""
        last = self._last
        if last is None or not self._has_last:
            return
        if self._grid.period_at(last.timestamp) == self._period:
            yield last, self._grid.time_of(self._period)
