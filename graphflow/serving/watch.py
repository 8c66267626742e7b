"""Watch: what a server sees of a run, taken from the graph's threads without holding them up.

Each observer keeps what is new and returns. One lock guards what several of them write; nobody
computes or waits under it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from graphflow.graph import Graph
from graphflow.serving.frames import Frame, FrameJoin
from graphflow.serving.newest import Newest
from graphflow.serving.streams import AGE, EVENTS, IMAGE, JOINED
from graphflow.words import timestamp as time_of
from graphflow.words.packet import Packet

EVENTS_MAX: Final = 200
"""Events that are kept for those who come or ask late."""

TIMES_MAX: Final = 1000
"""Results whose moments are kept, to tell their rate and age."""


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        number: from 1.
        timestamp: of its packet, microseconds.
        payload: as the graph has it.
    """

    number: int
    timestamp: int
    payload: Any


class Watch:
    """What is new in a run.

    Args:
        graph: not started yet.
        streams: to be served, by tag.
        loop: of the server.
        clock: seconds.

    Attributes:
        pictures: packets of the stream IMAGE.
        frames: landmarks, joined by time.
        events: the newest; `events_after` has those before it.
        event_count: how many events there were.
        results: how many there were.
        timestamp: of the newest.
    """

    def __init__(
        self,
        graph: Graph,
        streams: Mapping[str, str],
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pictures: Newest[Packet] = Newest(loop)
        self.frames: Newest[Frame] = Newest(loop)
        self.events: Newest[Event] = Newest(loop)
        self.results = 0
        self.timestamp: int | None = None
        self._clock = clock
        self._lock = threading.Lock()
        self._join = FrameJoin(tag for tag in JOINED if tag in streams)
        self._times: deque[float] = deque(maxlen=TIMES_MAX)
        self._ages: deque[tuple[float, int]] = deque(maxlen=TIMES_MAX)
        self._events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self.event_count = 0
        self._observe(graph, streams)

    def _observe(self, graph: Graph, streams: Mapping[str, str]) -> None:
        joined = [tag for tag in JOINED if tag in streams]
        for tag in joined:
            # Where there are no pictures, landmarks alone tell how often there are results.
            counts = IMAGE not in streams and tag == joined[0]
            landmarks = partial(self._take_landmarks, tag, counts=counts)
            graph.observe(streams[tag], landmarks, sees_bounds=True)
        others = {IMAGE: self._take_picture, AGE: self._take_age, EVENTS: self._take_events}
        for tag, take in others.items():
            if tag in streams:
                graph.observe(streams[tag], take)

    # ---- in the graph's threads ----------------------------------------------------------------

    def _take_landmarks(self, tag: str, packet: Packet, *, counts: bool) -> None:
        if not time_of.is_range_value(packet.timestamp):
            return
        with self._lock:
            if counts and packet.value is not None:
                self._count(packet.timestamp)
            self._tell(self._join.add(tag, packet))

    def _take_picture(self, packet: Packet) -> None:
        if not time_of.is_range_value(packet.timestamp):
            return
        self.pictures.put(packet)
        with self._lock:
            self._count(packet.timestamp)
            self._tell(self._join.mark(packet.timestamp))

    def _take_age(self, packet: Packet) -> None:
        if isinstance(packet.value, int | float):
            with self._lock:
                self._ages.append((self._clock(), round(packet.value)))

    def _take_events(self, packet: Packet) -> None:
        value = packet.value
        # A record is a tuple too, but one event.
        is_many = isinstance(value, list | tuple) and not hasattr(value, "_fields")
        with self._lock:
            for payload in value if is_many else (value,):
                self.event_count += 1
                event = Event(self.event_count, packet.timestamp, payload)
                self._events.append(event)
                self.events.put(event)

    def _count(self, timestamp: int) -> None:
        self.results += 1
        self.timestamp = timestamp
        self._times.append(self._clock())

    def _tell(self, frames: list[Frame]) -> None:
        for frame in frames:
            self.frames.put(frame)

    # ---- in any thread --------------------------------------------------------------------------

    def finish(self) -> None:
        """Tell of the frames that still wait for a stream; after the run."""
        with self._lock:
            self._tell(self._join.rest())

    def events_after(self, number: int) -> list[Event]:
        """Return the events that are newer than the one of a number, as far as they are kept."""
        with self._lock:
            return [each for each in self._events if each.number > number]

    def rate(self, window_seconds: float) -> float:
        """Return how many results came in a second, lately."""
        now = self._clock()
        with self._lock:
            times = list(self._times)
        lately = [each for each in times if now - each < window_seconds]
        if not lately:
            return 0.0
        # Where older ones are known, the window is full; else it began with the first one.
        seconds = window_seconds if len(lately) < len(times) else now - lately[0]
        return len(lately) / seconds if seconds > 0 else 0.0

    def ages_us(self, window_seconds: float) -> list[int]:
        """Return the ages of the latest results, microseconds, in the order they came."""
        now = self._clock()
        with self._lock:
            return [age for at, age in self._ages if now - at < window_seconds]

    def seconds_since_result(self) -> float | None:
        """Return how long ago the newest result came; None before the first one."""
        with self._lock:
            return self._clock() - self._times[-1] if self._times else None
