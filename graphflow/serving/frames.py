"""Frames: joins the streams of landmarks by time, and tells of frames in which nobody was found.

A stream that is settled at a time without a packet says that there is nothing, but not of what: the
frames that a limiter drops settle too. So times count that have landmarks, or that a *mark* tells
of: a packet of the pictures that the graph gives. Times only rise; memory is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from graphflow.words import timestamp as time_of
from graphflow.words.packet import Packet

WAITING_MAX: Final = 64
"""Frames that wait for a stream to settle; then the oldest is told without it."""


@dataclass(frozen=True)
class Frame:
    """What a graph said of one time.

    Attributes:
        number: of the frames told, from 1.
        timestamp: microseconds.
        values: payloads by tag; those that are missing had nothing.
    """

    number: int
    timestamp: int
    values: dict[str, Any] = field(default_factory=dict)


class FrameJoin:
    """Joins streams by time. Not safe for several threads at once: its owner sees to that.

    Args:
        tags: of the streams to be joined.
    """

    def __init__(self, tags: Iterable[str]) -> None:
        self._settled = dict.fromkeys(tags, time_of.UNSET)
        self._waiting: dict[int, dict[str, Any]] = {}
        self._last = time_of.UNSET
        self._count = 0

    def add(self, tag: str, packet: Packet) -> list[Frame]:
        """Take a packet, or with the value None a time that is settled; return what is complete."""
        if packet.value is not None and packet.timestamp > self._last:
            self._waiting.setdefault(packet.timestamp, {})[tag] = packet.value
        self._settled[tag] = max(self._settled[tag], packet.timestamp)
        return self._complete()

    def mark(self, timestamp: int) -> list[Frame]:
        """Take a time at which there was a frame; return what is complete."""
        if timestamp > self._last:
            self._waiting.setdefault(timestamp, {})
        return self._complete()

    def rest(self) -> list[Frame]:
        """Return what still waits; at the end of the run."""
        for tag in self._settled:
            self._settled[tag] = time_of.DONE
        return self._complete()

    def _complete(self) -> list[Frame]:
        settled = min(self._settled.values(), default=time_of.DONE)
        complete = []
        for timestamp in sorted(self._waiting):
            if timestamp > settled and len(self._waiting) <= WAITING_MAX:
                break
            self._last, self._count = timestamp, self._count + 1
            complete.append(Frame(self._count, timestamp, self._waiting.pop(timestamp)))
        return complete
