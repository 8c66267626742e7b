"""Timestamps: 64-bit integer microseconds, and the special values around them.

A timestamp is a synchronization key, not wall time. Inside the engine timestamps are plain
integers, because a hop is a few of them compared; `Timestamp` is the same integer with a name
and with checked arithmetic, for those who hold one in their hands.

From lowest to highest::

    UNSET < UNSTARTED < PRESTREAM < MIN <= any ordinary time <= MAX < POSTSTREAM
          < ONE_OVER_POSTSTREAM < DONE

Source: MediaPipe, framework/timestamp.h.
"""

from __future__ import annotations

from typing import Final

UNSET: Final = -(1 << 63)
UNSTARTED: Final = UNSET + 1
PRESTREAM: Final = UNSET + 2
MIN: Final = UNSET + 3
DONE: Final = (1 << 63) - 1
ONE_OVER_POSTSTREAM: Final = DONE - 1
POSTSTREAM: Final = DONE - 2
MAX: Final = DONE - 3

_NAMES: Final = {
    UNSET: "UNSET",
    UNSTARTED: "UNSTARTED",
    PRESTREAM: "PRESTREAM",
    MIN: "MIN",
    MAX: "MAX",
    POSTSTREAM: "POSTSTREAM",
    ONE_OVER_POSTSTREAM: "ONE_OVER_POSTSTREAM",
    DONE: "DONE",
}


def is_range_value(time: int) -> bool:
    """Tell whether `time` is an ordinary time, MIN and MAX included."""
    return MIN <= time <= MAX


def is_allowed_in_stream(time: int) -> bool:
    """Tell whether a packet may carry `time`: PRESTREAM, an ordinary time or POSTSTREAM."""
    return PRESTREAM <= time <= POSTSTREAM


def next_allowed(time: int) -> int:
    """Return the lowest time that may follow a packet at `time` in the same stream.

    After PRESTREAM, and from MAX on, nothing may follow: the answer is ONE_OVER_POSTSTREAM.
    """
    if time == PRESTREAM or time >= MAX:
        return ONE_OVER_POSTSTREAM
    return MIN if time < MIN else time + 1


def previous_allowed(time: int) -> int:
    """Return the highest time that may come before a packet at `time` in the same stream.

    Before MIN and before POSTSTREAM (which must be alone) nothing may come: UNSTARTED.
    """
    if time <= MIN or time == POSTSTREAM:
        return UNSTARTED
    return MAX if time > POSTSTREAM else time - 1


def has_next_allowed(time: int) -> bool:
    """Tell whether another packet may follow one at `time` in the same stream."""
    return next_allowed(time) != ONE_OVER_POSTSTREAM


def settled_before(bound: int) -> int:
    """Return the newest ordinary time that is settled in a stream whose bound is `bound`.

    UNSTARTED before the first ordinary time is settled; MAX for a stream that is done or can only
    still become done.
    """
    if bound <= MIN:
        return UNSTARTED
    return MAX if bound > MAX else bound - 1


def shifted(time: int, offset_us: int) -> int:
    """Return an ordinary time moved by `offset_us`, clamped to [MIN, MAX].

    Raises:
        ValueError: `time` is no ordinary time.
    """
    if not MIN <= time <= MAX:
        raise ValueError(f"no arithmetic with the special timestamp {text(time)}")
    return max(MIN, min(MAX, time + offset_us))


def text(time: int) -> str:
    """Return `time` as text: a special value's name, or the bare integer."""
    return _NAMES.get(time, str(int(time)))


class Timestamp(int):
    """An integer of microseconds that knows the special values.

    `Timestamp(20) + 5` is `Timestamp(25)`; the difference of two is a plain integer; sums clamp to
    MIN and MAX. Building one from the integer of a special value is refused: name it instead
    (`Timestamp.MAX`).

    Raises:
        ValueError: the integer lies outside 64 bits or is that of a special value, or arithmetic
            was tried with a special value other than MIN or MAX.
    """

    __slots__ = ()

    UNSET: Timestamp
    UNSTARTED: Timestamp
    PRESTREAM: Timestamp
    MIN: Timestamp
    MAX: Timestamp
    POSTSTREAM: Timestamp
    ONE_OVER_POSTSTREAM: Timestamp
    DONE: Timestamp

    def __new__(cls, microseconds: int) -> Timestamp:
        """Make a timestamp from ordinary microseconds."""
        if not MIN < microseconds < MAX:
            named = _NAMES.get(microseconds)
            hint = f"; write Timestamp.{named}" if named else ""
            raise ValueError(f"{int(microseconds)} is no ordinary time in microseconds{hint}")
        return int.__new__(cls, microseconds)

    @classmethod
    def from_seconds(cls, seconds: float) -> Timestamp:
        """Make a timestamp from seconds, rounded to the nearest microsecond."""
        return cls(round(seconds * 1_000_000))

    @property
    def seconds(self) -> float:
        """The time in seconds."""
        return int(self) / 1_000_000

    def __add__(self, offset_us: int) -> Timestamp:
        return _named(shifted(int(self), int(offset_us)))

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        if not isinstance(other, Timestamp):
            return _named(shifted(int(self), -int(other)))
        for time in (self, other):
            if not is_range_value(time):
                raise ValueError(f"no arithmetic with the special timestamp {text(time)}")
        return int(self) - int(other)

    def __repr__(self) -> str:
        return f"Timestamp({text(self)})" if self not in _NAMES else f"Timestamp.{text(self)}"

    def __str__(self) -> str:
        return text(self)


def _named(time: int) -> Timestamp:
    return int.__new__(Timestamp, time)


for _time, _name in _NAMES.items():
    setattr(Timestamp, _name, _named(_time))
