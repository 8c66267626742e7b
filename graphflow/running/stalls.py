"""Stalls: notice that a run makes no progress, and say why it does not.

Progress is a call that begins or ends. `Stall` is looked at from outside, with the time told to it;
`StallWatch` has a thread that looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from time import monotonic
from types import TracebackType
from typing import Final, Protocol

from graphflow.words.errors import UsageError
from graphflow.words.waits import Call, Wait

LOOKS_PER_STALL: Final = 4
"""How often the thread looks in the time after which a run counts as stalled."""


class Watchable(Protocol):
    """What a stall is judged by: a run."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""

    @property
    def is_paused(self) -> bool:
        """Whether it stands still because that was asked for."""

    def progress(self) -> Hashable:
        """Return something that differs whenever a call began or ended in between."""

    def explain(self) -> list[Wait]:
        """Say why it does not go on."""


class Stall:
    """Tells each stall of a run once, and again when its explanation changes.

    Args:
        run: what is watched.
        seconds: without progress, after which it counts as stalled.
    """

    def __init__(self, run: Watchable, seconds: float) -> None:
        self._run = run
        self._seconds = seconds
        self._progress: Hashable = None
        self._since = 0.0
        self._told: Sequence[Wait] = ()

    def look(self, now: float) -> list[Wait]:
        """Return the explanation if the run has stalled and that was not told yet, else nothing.

        Args:
            now: seconds of any clock that does not go back.
        """
        progress = self._run.progress()
        if progress != self._progress:
            self._progress, self._since, self._told = progress, now, ()
            return []
        run = self._run
        if now - self._since < self._seconds or run.is_over or run.is_paused:
            return []
        waits = self._run.explain()
        timeless = [_without_time(wait) for wait in waits]
        if timeless == self._told:
            return []
        self._told = timeless
        return waits


class StallWatch:
    """A thread that tells of stalls until it is stopped; made by `Graph.watch_stalls`.

    As a context manager it stops on leaving.
    """

    def __init__(
        self,
        current_run: Callable[[], Watchable | None],
        seconds: float,
        callback: Callable[[list[Wait]], None],
    ) -> None:
        if not seconds > 0:
            raise UsageError(f"watch_stalls: found {seconds} seconds; expected more than 0")
        self._current_run = current_run
        self._seconds = seconds
        self._callback = callback
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="graphflow-stalls", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch; the callback is not called any more after this has returned."""
        self._is_stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> StallWatch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _watch(self) -> None:
        run: Watchable | None = None
        stall: Stall | None = None
        while not self._is_stopped.wait(self._seconds / LOOKS_PER_STALL):
            current = self._current_run()
            if current is not run:
                run = current
                stall = None if run is None else Stall(run, self._seconds)
            waits = [] if stall is None else stall.look(monotonic())
            if waits:
                self._callback(waits)


def _without_time(wait: Wait) -> Wait:
    """Leave out what changes while nothing moves: how long a call runs, and where it stands."""
    return replace(wait, call=Call(wait.call.step, wait.call.timestamp))
