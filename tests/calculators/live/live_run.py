"""A live graph in a test: its frames and notices, waited for by what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from graphflow import Graph, Packet
from graphflow.running.notices import NOTICES
from graphflow.runtime.ledger import Ledger
from graphflow.words.errors import GraphCancelled, GraphflowError

LONGEST_SECONDS = 20.0
"""After which a test fails that waits for what does not happen."""

GRAPH = """
input_side_packet: [input_path, {{name: realtime, type: bool, default: false}}]
output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
output_stream: [image]
node:
  - name: camera
    calculator: LiveSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path", "REALTIME:realtime"]
    output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
    output_stream: ["VIDEO:image"]
    options: {{{options}}}
"""

QUICK = "open_timeout: 5, read_timeout: 5, reconnect_delay: 0.01, reconnect_delay_max: 0.02"


class LiveRun:
    """Runs a live source while it is entered; then cancels it, if it did not end.

    Attributes:
        frames: what came.
        notices: what was told.
    """

    def __init__(
        self, path: str, options: str = QUICK, *, realtime: bool = False, more: str = ""
    ) -> None:
        self.frames: list[Packet] = []
        self.notices: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self._path = path
        self._realtime = realtime
        self._changed = threading.Condition()
        self.graph = Graph.from_text(GRAPH.format(options=options) + more)
        self.graph.set_service(NOTICES, self)
        self.graph.observe("image", self._see)

    def __enter__(self) -> LiveRun:
        self.graph.start({"input_path": self._path, "realtime": self._realtime})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.set()
        self.graph.cancel()

    def say(self, text: str) -> None:
        """Take a notice."""
        with self._changed:
            self.notices.append(text)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for frames or notices until a condition holds."""
        with self._changed:
            assert self._changed.wait_for(condition, LONGEST_SECONDS), (
                f"{len(self.frames)} frames, {self.notices}"
            )

    def wait_for_frames(self, count: int) -> None:
        """Wait until so many frames have come."""
        self.wait_for(lambda: len(self.frames) >= count)

    def cancel(self) -> None:
        """End the run, and wait for its end."""
        self.graph.cancel()
        try:
            self.graph.wait_until_done()
        except GraphCancelled:
            return

    def end(self) -> GraphflowError | None:
        """Wait for the end; return what the run failed with."""
        try:
            self.graph.wait_until_done()
        except GraphflowError as error:
            return error
        return None

    @property
    def ledger(self) -> Ledger:
        """What became of the frames."""
        return self.graph.ledger()

    @property
    def sizes(self) -> list[Any]:
        """Width and height of the frames that came."""
        return [(packet.value.shape[1], packet.value.shape[0]) for packet in self.frames]

    @property
    def shades(self) -> list[int]:
        """The mean of each frame that came."""
        return [round(packet.value.mean()) for packet in self.frames]

    def _see(self, packet: Packet) -> None:
        self.gate.wait(LONGEST_SECONDS)
        with self._changed:
            self.frames.append(packet)
            self._changed.notify_all()
