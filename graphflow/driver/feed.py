"""Feed: the application's side of a graph input."""

from __future__ import annotations

import threading

from graphflow.runtime.elements import Stream


class Feed:
    """The application's side of a graph input.

    Attributes:
        lock: lets one thread judge and report at a time; held while neither waiting nor ringing.
        bound: of the stream once all reports are brought in.
        posted, absorbed: packets reported, and those brought in.
    """

    __slots__ = ("absorbed", "bound", "lock", "posted", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.bound = stream.bound
        self.posted = 0
        self.absorbed = 0

    def has_room(self) -> bool:
        """Whether everything posted was brought in, and then no queue downstream is full."""
        return self.posted == self.absorbed and not self.stream.throttled
