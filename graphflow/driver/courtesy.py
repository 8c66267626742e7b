"""Courtesy: threads of nicer executors begin while the others leave the interpreter's lock alone.

Theory of operation
===================

The nice level of a thread tells the system who gets a core first. It says nothing of the
interpreter's lock: numpy and OpenCV let go of it in every call of some microseconds, and whoever
waits for it takes it then, nice or not. So three threads that begin at one moment, as those that
track, draw and decode do when a frame is done, end at one moment too, and late.

A *nice* worker is a thread of an executor whose nice level is above 0, an *urgent* one a thread of
another executor. When a nice worker is woken, it waits as long as an urgent one performs calls that
hold the lock, but for `PATIENCE_SECONDS` at most. It begins as soon as all urgent workers sleep, or
perform calls whose contract says that they release the lock, such as the run of a model.

Nothing depends on it but who begins first: a nice worker that waits has been rung, and looks at the
machine afterwards in any case. So no wake-up is lost, and two nodes that wait for each other behind
the graph's back wait for that long at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Condition
from typing import Final, TypeGuard

from graphflow.driver.bells import ThreadWorker
from graphflow.runtime.elements import Invocation

PATIENCE_SECONDS: Final = 0.002
"""Some frames' worth of small calls, and nothing that anybody notices."""


class Courtesy:
    """Who is urgent among the threads of a run, and who waits out of courtesy.

    Args:
        workers: all threads of the run's own.

    """

    def __init__(self, workers: Iterable[ThreadWorker]) -> None:
        threads = tuple(workers)
        self._urgent = tuple(each for each in threads if not each.is_nice)
        self._has_nice = len(self._urgent) < len(threads)
        self._calm = Condition()
        self._guests = 0

    def is_owed_to(self, worker: object) -> TypeGuard[ThreadWorker]:
        """Whether others wait for this one: then it must say what it does."""
        return self._has_nice and isinstance(worker, ThreadWorker) and not worker.is_nice

    def begin(self, me: ThreadWorker, invocation: Invocation) -> None:
        """Say what an urgent worker is about to perform."""
        me.holds_lock = not invocation.node.plan.releases_lock
        if self._guests and not me.holds_lock:
            self._let_in()

    def rest(self, me: ThreadWorker) -> None:
        """Say that an urgent worker is about to sleep."""
        me.holds_lock = False
        if self._guests:
            self._let_in()

    def wait(self) -> None:
        """In a nice worker: wait until no urgent one needs the lock, or patience is over."""
        with self._calm:
            self._guests += 1
            try:
                self._calm.wait_for(self._is_calm, PATIENCE_SECONDS)
            finally:
                self._guests -= 1

    def _is_calm(self) -> bool:
        return not any(each.holds_lock for each in self._urgent)

    def _let_in(self) -> None:
        with self._calm:
            self._calm.notify_all()
