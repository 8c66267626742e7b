"""Sampling at a rate with jitter: at times that a seeded generator moves about.

Theory. Samples taken at exactly equal distances can be in step with what they show, or be foreseen
by whoever made it. So each next time lies about a period after the one before, moved at random by
up to `jitter` periods. Three walks are offered:

* *free*: from each time to the next is (1 - jitter) to (1 + jitter) periods; errors add up, the
  rate holds in the mean only.
* *reflected*: each time stays in a period of its own, [first + k * period, first + (k+1) * period);
  what would leave it is reflected at its end.
* *reproducible*: reflected, in periods that are counted from time 0. So a stream that begins later
  gets the same times as the whole one from there on, once both have passed a period.

At each of these times the packet nearest to it goes out. The same seed gives the same times.

Source: MediaPipe, calculators/core/packet_resampler_calculator.cc, where the generator is not
published; the numbers are therefore others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from random import Random
from typing import Final, Protocol

from calculators.core.sampling_grid import SECOND_US, Sample
from graphflow import Packet
from graphflow.words.quick_dataclass import dataclass

PERIODS_MAX: Final = 1_000_000
"""How many periods the reproducible walk goes from 0 to the first packet: a second's work."""


@dataclass(frozen=True)
class Jitter:
    """How sampling times move about.

    Attributes:
        frame_rate: samples per second in the mean, up to 1000000.
        jitter: how far a time moves, in periods, from 0.0 to 1.0.
        seed: the same one gives the same times.
    """

    frame_rate: float
    jitter: float
    seed: str

    @property
    def period_us(self) -> int:
        """A period, cut to microseconds."""
        return int(SECOND_US / self.frame_rate)

    @property
    def reach_us(self) -> int:
        """How far a time moves at most, cut to microseconds."""
        return int(SECOND_US * self.jitter / self.frame_rate)


def reflected(time: int, begin: int, end: int) -> int:
    """Return a time that lies within [begin, end), reflected at the end that it passed."""
    if time < begin:
        return 2 * begin - time - 1
    if time >= end:
        return 2 * end - time - 1
    return time


class Walk(Protocol):
    """The times at which samples are taken, one after another, microseconds.

    Attributes:
        time: the present one.
        begin: the present period begins here; what is before it can't be sampled for it.
    """

    time: int
    begin: int

    @property
    def bound(self) -> int:
        """The lowest time at which a sample may still go out."""

    def step(self) -> None:
        """Go to the next time."""


class FreeWalk:
    """Times (1 - jitter) to (1 + jitter) periods apart, but never less than 1 µs."""

    def __init__(self, jitter: Jitter, first: int) -> None:
        self._jitter = jitter
        self._random = Random(jitter.seed)
        self.begin = first
        self.time = first + int(jitter.period_us * self._random.random())

    @property
    def bound(self) -> int:
        """The present time."""
        return self.time

    def step(self) -> None:
        """Go about a period on."""
        jitter = self._jitter.jitter
        periods = (1.0 - jitter) + 2.0 * jitter * self._random.random()
        self.time += max(1, int(self._jitter.period_us * periods))


class ReflectedWalk:
    """Times of which each lies in its own period, counted from the first packet's time."""

    def __init__(self, jitter: Jitter, first: int) -> None:
        self._jitter = jitter
        self._random = Random(jitter.seed)
        self.begin = first
        self.time = first + self._random.randrange(jitter.period_us)

    @property
    def bound(self) -> int:
        """The begin of the present period: at the end of all one of its packets goes out."""
        return self.begin

    @property
    def end(self) -> int:
        """Where the next period begins."""
        return self.begin + self._jitter.period_us

    def step(self) -> None:
        """Go into the next period."""
        reach_us = self._jitter.reach_us
        self.begin = self.end
        moved = self._random.randrange(2 * reach_us + 1) - reach_us
        self.time = reflected(self.time + self._jitter.period_us + moved, self.begin, self.end)


class _Reservoir:
    """Keeps one of the packets that it is shown, each with the same probability."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._count = 0
        self.kept: Packet | None = None

    def show(self, packet: Packet) -> None:
        self._count += 1
        if self._random.randrange(self._count) == 0:
            self.kept = packet

    def clear(self) -> None:
        self._count = 0
        self.kept = None


class JitterSampler:
    """Samples at the times of a free or reflected walk that begins with the first packet.

    So that a stream shorter than a period, and with reflection the last and incomplete period, has
    a sample, too, one of its packets goes out at the end, by lot, at its own time.
    """

    def __init__(self, jitter: Jitter, *, is_reflected: bool) -> None:
        self._jitter = jitter
        self._is_reflected = is_reflected
        self._walk: Walk | None = None
        self._reservoir: _Reservoir | None = _Reservoir(jitter.seed)
        self._last: Packet | None = None

    @property
    def bound(self) -> int:
        """The bound of the walk."""
        assert self._walk is not None, "no packet was taken"
        if self._reservoir is not None:
            return self._walk.begin
        return self._walk.bound

    @property
    def held(self) -> Collection[Packet]:
        """The newest packet, and the one that would go out at the end."""
        kept = None if self._reservoir is None else self._reservoir.kept
        return [each for each in (self._last, kept) if each is not None]

    def take(self, packet: Packet) -> Iterator[Sample]:
        """Give the nearest packets for all times up to this packet's."""
        last, time = self._last, packet.timestamp
        self._last = packet
        if self._walk is None:
            walk = ReflectedWalk if self._is_reflected else FreeWalk
            self._walk = walk(self._jitter, time)
        if self._reservoir is not None and time >= self._walk.begin:
            self._reservoir.show(packet)
        while self._walk.time <= time:
            at = self._walk.time
            is_nearer = last is None or time - at <= at - last.timestamp
            yield (packet if last is None or is_nearer else last), at
            self._step(self._walk)

    def rest(self) -> Iterator[Sample]:
        """Give the packet drawn from those that nothing went out for."""
        kept = None if self._reservoir is None else self._reservoir.kept
        if kept is not None:
            yield kept, kept.timestamp

    def _step(self, walk: Walk) -> None:
        walk.step()
        if self._reservoir is not None:
            self._reservoir.clear()
        if not self._is_reflected:
            self._reservoir = None


class ReproducibleSampler:
    """Samples at the times of a reflected walk that begins at time 0, one in each period.

    Args:
        jitter: how times move about.
        first: the first packet's time, microseconds.

    Raises:
        ValueError: more than PERIODS_MAX periods lie between 0 and the first packet.
    """

    def __init__(self, jitter: Jitter, first: int) -> None:
        if first // jitter.period_us > PERIODS_MAX:
            raise ValueError(
                f"reproducible_sampling counts periods from time 0: found a first packet "
                f"{first // jitter.period_us} periods later; expected at most {PERIODS_MAX}"
            )
        self._walk = ReflectedWalk(jitter, 0)
        while first >= self._walk.end:
            self._walk.step()
        self._is_out = False
        self._last: Packet | None = None

    @property
    def bound(self) -> int:
        """The present time, or what follows it if that is out."""
        return self._walk.time + self._is_out

    @property
    def held(self) -> Collection[Packet]:
        """The newest packet."""
        return () if self._last is None else (self._last,)

    def take(self, packet: Packet) -> Iterator[Sample]:
        """Give the nearest packets for all times up to this packet's."""
        last, time, walk = self._last, packet.timestamp, self._walk
        self._last = packet
        if last is None:
            if walk.time < time:
                self._is_out = True
                yield packet, walk.time
            return
        self._go_on(time)
        while not self._is_out and walk.time <= time:
            is_nearer = time - walk.time < walk.time - last.timestamp
            self._is_out = True
            yield (packet if is_nearer else last), walk.time
            self._go_on(time)

    def rest(self) -> Iterator[Sample]:
        """Give the last packet, if its period has none."""
        if self._last is not None and not self._is_out:
            yield self._last, self._walk.time

    def _go_on(self, time: int) -> None:
        """Go into the next period, if this one is answered and `time` lies behind it."""
        if self._is_out and time >= self._walk.end:
            self._walk.step()
            self._is_out = False
