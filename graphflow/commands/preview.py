"""`graphflow run --show`: a window with the newest picture, in the thread that waits for the run.

A run hands each picture over and goes on; the waiting thread shows the newest when it comes round
to it. So a slow screen, or a window that is being dragged, holds nothing up: pictures are left out.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any, Final

from graphflow.graph import Graph
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet
from graphflow.words.windows import Window, windows

PICTURE_TAG: Final = "IMAGE"

LOOK_SECONDS: Final = 1 / 60
"""How long to wait for a picture, or for the user, before looking again: as screens do."""

PATIENCE_SECONDS: Final = 0.5
"""How long a source may take to end when the window was closed, before the run is cancelled."""


class Preview:
    """Shows the newest picture of a run; all but `take` is for one thread.

    Args:
        graph: whose sources are ended when the user leaves the window.
        window: that is open.
    """

    def __init__(self, graph: Graph, window: Window) -> None:
        self._graph = graph
        self._window = window
        self._newest: deque[Packet] = deque(maxlen=1)
        self._taken = 0
        self._left_at: float | None = None

    def take(self, packet: Packet) -> None:
        """Take a picture, in any thread, one at a time."""
        self._taken += 1
        self._newest.append(packet)

    def look(self, ended: Future[None], seconds: float) -> bool:
        """Show what comes for so long, or until the run has ended; return whether it has."""
        until = time.monotonic() + seconds
        while not wait([ended], timeout=LOOK_SECONDS).done:
            self._show_newest()
            self._heed_user()
            if time.monotonic() >= until:
                return False
        self._show_newest()
        return True

    def stay(self, is_over: Callable[[], bool]) -> None:
        """Behind a run of a single picture, leave that on the screen until the user has seen it.

        Args:
            is_over: whether something else ends it.
        """
        while self._taken == 1 and self._left_at is None and not is_over():
            self._left_at = time.monotonic() if self._window.has_been_left() else None
            time.sleep(LOOK_SECONDS)

    def _show_newest(self) -> None:
        if self._newest and self._left_at is None:
            self._window.show(self._newest.pop().value)

    def _heed_user(self) -> None:
        now = time.monotonic()
        if self._left_at is None:
            if self._window.has_been_left():
                self._left_at = now
                self._window.close()
                self._graph.end_sources()
        elif now >= self._left_at + PATIENCE_SECONDS:
            self._graph.cancel()


@contextmanager
def preview_of(graph: Graph, *, is_wanted: bool) -> Iterator[Preview | None]:
    """Open a window for a run of a graph that is not started yet, if that is asked for.

    Raises:
        UsageError: there is no window to be had, or the graph gives no pictures.
    """
    if not is_wanted:
        yield None
        return
    stream = graph.plan.output(PICTURE_TAG)
    if not stream:
        raise UsageError(
            f"--show: the graph gives no pictures: none of its output streams is tagged "
            f'{PICTURE_TAG}\n  hint: name one so: output_stream: ["{PICTURE_TAG}:..."]'
        )
    try:
        window = windows.open(f"graphflow {graph.plan.type}".strip())
    except UsageError as error:
        raise UsageError(f"--show: {error}") from error
    preview = Preview(graph, window)
    graph.observe(stream, preview.take)
    try:
        yield preview
    finally:
        window.close()


def looker(preview: Preview | None, seconds: float) -> Callable[[Future[Any]], bool]:
    """Return what waits for so long, or until a run has ended; it tells whether that has."""
    if preview is None:
        return lambda ended: bool(wait([ended], timeout=seconds).done)
    return lambda ended: preview.look(ended, seconds)
