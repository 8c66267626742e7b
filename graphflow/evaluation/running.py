"""Run units in several threads, each with a graph of its own; what is found comes as it is found.

Threads are enough to use every core: models, cropping and decoding, which take nearly all the time,
run outside Python's lock.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphflow.evaluation.answering import Answerer, Found
from graphflow.evaluation.units import Unit

TICK_SECONDS: Final = 0.1
"""How often the caller is asked whether to stop, at least."""

WAITING_MAX: Final = 2
"""So many units wait for each thread, so that none of them waits."""


@dataclass(frozen=True, eq=False)
class Told:
    """What was found in a sample, and the picture or clip that it is from."""

    found: Found
    source: Path


def worker_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def answer_all(
    units: Iterator[Unit],
    make_answerer: Callable[[], Answerer],
    workers: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Told | None]:
    """Yield what is found in the units' samples, in any order; None when nothing came for a while.

    Units are taken one by one as threads become free, and nothing is kept of those that are done.

    Args:
        units: what to run.
        make_answerer: makes the graph of a thread.
        workers: number of threads.
        should_stop: once it is true, the units under way are broken off, and no more are begun.
    """
    crew = _Crew(make_answerer, workers, should_stop)
    try:
        yield from crew.work(units)
    finally:
        crew.end()


class _Crew:
    """Threads, their graphs, and what these found."""

    def __init__(
        self, make_answerer: Callable[[], Answerer], workers: int, should_stop: Callable[[], bool]
    ) -> None:
        self._make_answerer = make_answerer
        self._asked = should_stop
        self._is_over = False
        self._most = workers * (1 + WAITING_MAX)
        self._idle: queue.SimpleQueue[Answerer] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(workers, "evaluate")
        self._under_way: list[Future[None]] = []

    def work(self, units: Iterator[Unit]) -> Iterator[Told | None]:
        """Run units until there are none, or until it should stop."""
        has_more = True
        while True:
            while has_more and not self._should_stop() and len(self._under_way) < self._most:
                unit = next(units, None)
                if unit is None:
                    has_more = False
                else:
                    self._under_way.append(self._pool.submit(self._answer, unit))
            yield from self._arrived()
            self._drop_done()
            if not self._under_way and (not has_more or self._should_stop()):
                yield from self._arrived(waits=False)
                return

    def end(self) -> None:
        """Break off what is under way."""
        self._is_over = True
        self._pool.shutdown(cancel_futures=True)

    def _should_stop(self) -> bool:
        return self._is_over or self._asked()

    def _answer(self, unit: Unit) -> None:
        """Run one unit; called in a thread of the pool."""
        if self._should_stop():
            return
        try:
            answerer = self._idle.get_nowait()
        except queue.Empty:
            answerer = self._make_answerer()
        for found in answerer.answer(unit, self._should_stop):
            self._results.put(Told(found, unit.source))
        self._idle.put(answerer)

    def _arrived(self, *, waits: bool = True) -> Iterator[Told | None]:
        """Yield what has arrived; None if nothing has."""
        try:
            yield self._results.get(timeout=TICK_SECONDS) if waits else self._results.get_nowait()
            while True:
                yield self._results.get_nowait()
        except queue.Empty:
            if waits:
                yield None

    def _drop_done(self) -> None:
        done = [each for each in self._under_way if each.done()]
        self._under_way = [each for each in self._under_way if not each.done()]
        for each in done:
            each.result()  # An error that is no answer's, ours, is raised here.
