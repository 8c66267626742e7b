"""A graph whose streams a test feeds, and a server of its run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from graphflow.graph import Graph
from graphflow.serving import Server
from graphflow.words.errors import GraphflowError

STREAMS = ("image", "landmarks", "world", "age", "events")

GRAPH = """\
type: Served
input_stream: [image, landmarks, world, age, events]
output_stream:
  - "IMAGE:given_image"
  - "LANDMARKS:given_landmarks"
  - "WORLD_LANDMARKS:given_world"
  - "AGE:given_age"
  - "EVENTS:given_events"
node:
  - calculator: PassThroughCalculator
    name: give
    input_stream: [image, landmarks, world, age, events]
    output_stream: [given_image, given_landmarks, given_world, given_age, given_events]
"""

FRAME_US = 33_333


def landmarks(seed: int, rows: int = 33) -> npt.NDArray[np.float32]:
    found = np.random.default_rng(seed).normal(size=(rows, 5)).astype(np.float32)
    found[:, 4] = np.nan  # As models have it that don't tell presence.
    return found


def picture(seed: int, height: int = 48, width: int = 64) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), (seed * 40 % 256, 90, 160), np.uint8)


class Served:
    """A run that a test feeds, frame by frame."""

    def __init__(self, address: str = "127.0.0.1:0", text: str = GRAPH) -> None:
        self.graph = Graph.from_text(text)
        self.server = Server(self.graph, address)
        self.count = 0

    def start(self) -> None:
        self.graph.start(threads=2)

    def feed(self, **values: Any) -> int:
        """Feed a frame, wait until the graph is through with it, and return its time."""
        timestamp = self.count * FRAME_US
        self.count += 1
        self.graph.feed_frame(values, timestamp)
        self.graph.wait_until_idle()
        return timestamp

    def feed_pose(self, rows: int = 33) -> npt.NDArray[np.float32]:
        """Feed a picture with somebody in it, and return the landmarks."""
        found = landmarks(self.count, rows)
        self.feed(image=picture(self.count), landmarks=found, world=-found, age=40_000)
        return found

    def finish(self) -> None:
        self.graph.close_inputs()
        self.graph.wait_until_done()


@contextmanager
def served(**wanted: Any) -> Iterator[Served]:
    """Serve a run; at the end, see that the server's thread ends within its second."""
    running = Served(**wanted)
    try:
        running.start()
        yield running
    finally:
        if running.graph.is_running:
            running.graph.cancel()
            with suppress(GraphflowError):
                running.graph.wait_until_done()
        running.server.close()
    assert not running.server._thread.is_alive(), "the server did not end within a second"
