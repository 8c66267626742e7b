"""Courtesy: threads of nicer executors begin while the others leave the interpreter's lock alone.

Theory of operation
===================

The nice level of a thread tells the system who gets a core first. It says nothing of the
interpreter's lock: numpy and OpenCV let go of it in every call of some microseconds, and whoever
waits for it takes it then, nice or not. So three threads that begin at one moment, as those that
track, draw and decode do when a frame is done, end at one moment too, and late.

A *nice* worker is a thread of the run's own whose nice level is above 0; its other threads are
*urgent*. Those of lent executors, and of the application, are neither. Each time a nice worker is
rung, it waits as long as an urgent one performs calls that need the lock, but for
`PATIENCE_SECONDS` at most. It begins as soon as all urgent workers sleep, or perform calls whose
contract says that they release the lock, such as the run of a model.

Nothing depends on it but who begins first: a nice worker that waits has been rung, and looks at the
machine afterwards in any case. So no wake-up is lost, and nodes that wait for each other behind the
graph's back get on. And so little is lost where the picture is not exact: an urgent worker that
failed to get the machine's key counts as asleep until it is rung, and of a nice pool with several
threads several may wait for the same packet.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Condition
from typing import Final, TypeGuard

from graphflow.driver.bells import ThreadWorker
from graphflow.runtime.elements import Invocation, Step

PATIENCE_SECONDS: Final = 0.002
"""About one frame's worth of small calls, and nothing that anybody notices."""


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
        self._waiting = 0

    def is_owed_to(self, worker: object) -> TypeGuard[ThreadWorker]:
        """Whether others wait for this one: then it must say what it does."""
        return self._has_nice and isinstance(worker, ThreadWorker) and not worker.is_nice

    def begin(self, me: ThreadWorker, invocation: Invocation) -> None:
        """Say what an urgent worker is about to perform."""
        is_process = invocation.step is Step.PROCESS
        me.needs_lock = not (is_process and invocation.node.plan.releases_lock)
        if not me.needs_lock:
            self._let_in()

    def rest(self, me: ThreadWorker) -> None:
        """Say that an urgent worker is about to sleep."""
        me.needs_lock = False
        self._let_in()

    def wait(self) -> None:
        """In a nice worker: wait until no urgent one needs the lock, or patience is over."""
        with self._calm:
            self._waiting += 1
            try:
                self._calm.wait_for(self._is_calm, PATIENCE_SECONDS)
            finally:
                self._waiting -= 1

    def _is_calm(self) -> bool:
        return not any(each.needs_lock for each in self._urgent)

    def _let_in(self) -> None:
        if self._waiting:
            with self._calm:
                self._calm.notify_all()
