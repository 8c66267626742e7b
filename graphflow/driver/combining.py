"""A machine that several threads change, none of which waits for another.

Theory of operation
===================

The machine is changed by whoever has the lock, and *nobody waits for the lock*: who fails to get
it leaves a report; whoever has it looks, after unlocking, at reports that came meanwhile. A
blocking lock would make a convoy: each release wakes a waiter that then loses the race.

Who has the lock: (1) brings in the reports, (2) takes, if it is a worker, (3) concludes, if that
can have changed something: looks whether the run is over and which application threads can go on.
After unlocking it rings a sleeping worker if work remains.

Why no wake-up is lost:

* A report is appended before its writer's attempt at the lock. If that fails, somebody has the
  lock, and looks at the reports after unlocking.
* A worker sleeps either because its pool had nothing ready, under the lock; or because it failed
  to get the lock twice, the second time after it was registered as idle. In both cases whoever
  has the lock next, or still, looks at the ready number after unlocking.
* An application thread registers before it reports that it waits, and its condition is judged
  under the lock after all that can change it: reports, the last call in flight, and a graph input
  that nothing holds back any more, of which the machine tells. It is not judged at every hop, so
  whoever waits costs the workers nothing. Only where application threads do the work themselves,
  they may wait for what a call brings, and each call is followed by a look.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from graphflow.driver.bells import ThreadWorker, Waiter
from graphflow.runtime.scheduler import Scheduler


class SharedMachine:
    """A scheduler, its lock, and who is to be told what became of a report.

    Args:
        scheduler: the machine.
        note_fault: told what the machine itself failed with.

    Attributes:
        lock: held by who changes the machine; acquired without waiting, but for a question.
        reports: what is to be brought in: a function and its arguments.
        waiting: application threads that wait for a condition.
        workers: threads to ring at the end.
        is_over: the run has ended, or the machine failed; `over` is set then.
        is_broken: the machine failed, and must not be asked any more.
    """

    def __init__(self, scheduler: Scheduler, note_fault: Callable[[BaseException], None]) -> None:
        self.scheduler = scheduler
        self.lock = threading.Lock()
        self.reports: deque[tuple[Any, ...]] = deque()
        self.waiting: list[Waiter] = []
        self.workers: list[ThreadWorker] = []
        self.over = threading.Event()
        self.is_over = self.is_broken = False
        self._note_fault = note_fault
        self._has_news = False
        self._news: Callable[[], None] | None = None
        scheduler.when_failed(self._note_failure)
        scheduler.when_room(self._note_room)

    def when_news(self, listener: Callable[[], None]) -> None:
        """Call `listener`, outside any lock, whenever the run became idle, failed, or ended."""
        self._news = listener

    def report(self, report: Callable[..., None], *arguments: Any) -> None:
        """Tell the machine something: now, or by whoever has the lock."""
        self.reports.append((report, *arguments))
        self.look_around()

    def look_again(self) -> None:
        """Have somebody look at the machine and at who waits, now or next."""
        self.report(_nothing)

    # ---- under the lock -----------------------------------------------------------------------

    def drain(self) -> None:
        """Bring the reports in."""
        reports = self.reports
        while reports:
            report, *arguments = reports.popleft()
            report(*arguments)

    def conclude(self) -> None:
        """Before unlocking: end what is over, and let application threads go that can."""
        scheduler = self.scheduler
        if scheduler.is_idle:
            scheduler.wake()
            if scheduler.is_done and not self.reports:
                self._end()
            if scheduler.is_idle:
                self._has_news = True
        if self.waiting:
            has_failed, is_over = scheduler.has_failed, self.is_over
            self._let_go(
                lambda waiter: (
                    is_over or (has_failed and not waiter.waits_for_end) or waiter.condition()
                )
            )

    def break_off(self, cause: BaseException) -> None:
        """The machine failed: end everything, so that nobody waits for ever."""
        self.is_broken = True
        self._note_fault(cause)
        self._has_news = True
        self._end()
        self._let_go(lambda waiter: True)

    def _let_go(self, can_go: Callable[[Waiter], bool]) -> None:
        for waiter in tuple(self.waiting):
            if can_go(waiter):
                with suppress(ValueError):  # it was interrupted and is gone
                    self.waiting.remove(waiter)
                waiter.let_go()

    def _note_failure(self) -> None:
        """The run has failed: an empty report makes whoever unlocks look, and tell the news."""
        self._has_news = True
        self.reports.append((_nothing,))

    def _note_room(self) -> None:
        """A graph input is held back no more: whoever unlocks looks who waited for that."""
        if self.waiting:
            self.reports.append((_nothing,))

    def _end(self) -> None:
        self.is_over = True
        self.over.set()
        for worker in self.workers:
            worker.ring()

    # ---- with the lock released ---------------------------------------------------------------

    def look_around(self) -> None:
        """Bring in reports that came meanwhile, and ring sleepers there is work for."""
        try:
            while self.reports and self.lock.acquire(False):
                self._look_at_reports()
        finally:
            if self._has_news:
                self.tell_news()
        for pool in self.scheduler.pools:
            if pool.idle and pool.ready:
                if self.scheduler.is_paused:
                    return  # whoever were rung would find nothing; `resume` looks here again
                try:
                    sleeper = pool.idle.pop()
                except IndexError:
                    continue  # the last sleeper woke up
                sleeper.ring()

    def _look_at_reports(self) -> None:
        """With the lock just taken: bring reports in, and release it."""
        try:
            if self.is_broken:
                self.reports.clear()
                self._let_go(lambda waiter: True)
            else:
                self.drain()
                self.conclude()
        except BaseException as error:
            self.break_off(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self.lock.release()

    def tell_news(self) -> None:
        """Tell whoever asked for it that the run became idle, failed, or ended."""
        if self._has_news:
            self._has_news = False
            if self._news is not None:
                self._news()


def _nothing() -> None:
    """A report that only makes somebody look at the machine."""
