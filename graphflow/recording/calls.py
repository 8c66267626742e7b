"""Recorded calls: what a node was given at one call, and what it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphflow.recording.faults import RecordingError


@dataclass(frozen=True)
class Given:
    """One input at a call.

    Attributes:
        time: of the packet; None where the input was empty.
        settled: the newest time at which the input was settled.
    """

    time: int | None
    settled: int


@dataclass(frozen=True)
class Gave:
    """One output at a call.

    Attributes:
        before: its bound when the call began.
        bound: when it ended: nothing below is emitted later.
        times: of the packets that it emitted.
    """

    before: int
    bound: int
    times: tuple[int, ...] = ()


@dataclass(frozen=True)
class RecordedCall:
    """One call of one node; payloads are with their streams, by their times.

    Attributes:
        node: name of the node.
        step: "open", "process" or "close".
        timestamp: of the call.
        inputs, outputs: in the order of the node's ports.
        headers: of the inputs, where the node reads headers; plain values.
        said: headers of the outputs, set in this call, by position; plain values.
        made: names of the side packets that it made.
        has_stopped: it asked for the end of its source, or of all sources.
        error: what it raised: the class and its words; "" for nothing.
    """

    node: str
    step: str
    timestamp: int
    inputs: tuple[Given, ...] = ()
    outputs: tuple[Gave, ...] = ()
    headers: tuple[Any, ...] = ()
    said: Mapping[int, Any] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    has_stopped: bool = False
    error: str = ""

    def is_at(self, time: int) -> bool:
        """Tell whether it was called at a time, or emitted a packet of that time."""
        if self.step != "process":
            return False
        return self.timestamp == time or any(time in each.times for each in self.outputs)

    def as_plain(self) -> list[Any]:
        """Return what is written; the node is that of the channel."""
        return [
            self.step,
            self.timestamp,
            [[each.time, each.settled] for each in self.inputs],
            [[each.before, each.bound, list(each.times)] for each in self.outputs],
            list(self.headers),
            [list(item) for item in self.said.items()],
            list(self.made),
            self.has_stopped,
            self.error,
        ]

    @classmethod
    def from_plain(cls, node: str, plain: Any) -> RecordedCall:
        """Read what `as_plain` has made.

        Raises:
            RecordingError: it is no call.
        """
        try:
            step, timestamp, inputs, outputs, headers, said, made, has_stopped, error = plain
            return cls(
                node,
                step,
                timestamp,
                tuple(Given(*each) for each in inputs),
                tuple(Gave(before, bound, tuple(times)) for before, bound, times in outputs),
                tuple(headers),
                dict(said),
                tuple(made),
                has_stopped,
                error,
            )
        except (ValueError, TypeError) as fault:
            raise RecordingError(f'found no call of node "{node}": {fault}') from fault
