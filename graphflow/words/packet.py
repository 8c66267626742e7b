"""Packet: an immutable payload and its timestamp."""

from __future__ import annotations

from typing import Any, Final

from graphflow.words import timestamp as time_of
from graphflow.words.displays import Bundle, bundle_of


class Packet:
    """A payload at a time.

    Packets are shared between consumers, so neither a packet nor its payload is ever changed:
    whoever needs another value makes another packet. (The fields are plain slots because packets
    are made at every hop; type checkers hold them final.)

    Attributes:
        value: the payload, opaque to the engine.
        timestamp: microseconds, or PRESTREAM or POSTSTREAM.
    """

    __slots__ = ("timestamp", "value")

    value: Final[Any]
    timestamp: Final[int]

    def __init__(self, value: Any, timestamp: int) -> None:
        self.value = value
        self.timestamp = timestamp

    def at(self, timestamp: int) -> Packet:
        """Return a packet with the same payload at another time."""
        return Packet(self.value, timestamp)

    def _repr_mimebundle_(self, **wanted: Any) -> Bundle:
        return bundle_of(self)

    def __repr__(self) -> str:
        return f"Packet({type(self.value).__name__} at {time_of.text(self.timestamp)})"
