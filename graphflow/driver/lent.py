"""Workers of an executor that the application lends: each turn of work is a task of its own.

Theory of operation
===================

A worker of a lent executor has no thread. While there is nothing to do it stands among its pool's
idle workers, as a sleeping thread does; to ring it is to submit a task. The task performs what the
pool offers and, when that is nothing more, registers the worker as idle again and returns the
thread. So the argument why no wake-up is lost is that of threads of the driver's own, with
"returns" for "sleeps" and "is submitted" for "wakes up": see `graphflow.driver.combining`.

* Tasks are submitted without the machine's key, so an executor may run them at once, in the thread
  that submits. If that one is in a task of this run already, the new one waits for its end: however
  long the graph is, tasks don't pile up on one stack.
* A pool has as many workers as its nodes have calls that may overlap; more would find nothing.
* An executor that refuses a task, or cancels one before it began, ends the run with an error. What
  must still be closed is closed by a thread of the driver's own, so nothing hangs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from graphflow.driver.workers import LentExecutor
from graphflow.runtime.elements import Pool


class Work(Protocol):
    """What a lent worker asks of its driver."""

    def work_until_dry(self, me: Any) -> None:
        """Perform what the worker's pool offers, until that is nothing more."""

    def refuse(self, lender: Lender, cause: BaseException | None) -> None:
        """An executor did not run a task."""


class Lender:
    """One pool's lent executor, and what is the same for all its workers.

    Attributes:
        substitute: rings the thread that works for the pool since the executor refused a task.
    """

    def __init__(self, work: Work, lent: LentExecutor, pool: Pool) -> None:
        self.lent = lent
        self.pool = pool
        self.substitute: Callable[[], None] | None = None
        self._work = work
        self._here = threading.local()

    def submit(self, worker: LentWorker) -> None:
        """Have a worker's turn run by the executor."""
        if self.substitute is not None:
            self.substitute()
            return
        task = _Task(worker)
        try:
            future = self.lent.executor.submit(task)
        except Exception as error:
            self._work.refuse(self, error)
            return
        when_done = getattr(future, "add_done_callback", None)
        if when_done is not None:
            when_done(task.is_done)

    def run(self, worker: LentWorker) -> None:
        """Let a worker have its turn in the thread that calls, maybe after the one under way."""
        turns: deque[LentWorker] | None = getattr(self._here, "turns", None)
        if turns is not None:
            turns.append(worker)
            return
        self._here.turns = turns = deque([worker])
        try:
            while turns:
                self._work.work_until_dry(turns.popleft())
        finally:
            self._here.turns = None

    def refused(self, cause: BaseException | None) -> None:
        """A task was never run."""
        self._work.refuse(self, cause)


class LentWorker:
    """One call at a time on a lent executor."""

    __slots__ = ("lender", "pool")

    def __init__(self, lender: Lender) -> None:
        self.lender = lender
        self.pool = lender.pool

    def ring(self) -> None:
        """Submit a turn of work; the machine's key may not be held."""
        self.lender.submit(self)


class _Task:
    """One turn, as the executor gets it."""

    __slots__ = ("_has_begun", "_worker")

    def __init__(self, worker: LentWorker) -> None:
        self._worker = worker
        self._has_begun = False

    def __call__(self) -> None:
        self._has_begun = True
        self._worker.lender.run(self._worker)

    def is_done(self, future: Any) -> None:
        """Tell a task that was cancelled, or could not begin, from one that ran."""
        if not self._has_begun:
            cancelled = future.cancelled()
            self._worker.lender.refused(None if cancelled else future.exception())
