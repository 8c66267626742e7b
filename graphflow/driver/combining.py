"""A machine that several threads change, none of which waits for another.

Theory of operation
===================

The machine is changed by whoever has the key, and *nobody waits for the key*: who fails to get
it leaves a report; whoever has it looks, after giving it back, at reports that came meanwhile. A
blocking lock would make a convoy: each release wakes a waiter that then loses the race. So the key
is no lock but the one element of a deque: to take it out either works at once or fails, whichever
threads try, and costs a quarter of a lock's `acquire` and `release`.

Who has the key: (1) brings in the reports, (2) takes, if it is a worker, (3) concludes, if that
can have changed something: looks whether the run is over and which application threads can go on.
Without the key again, it rings a sleeping worker if work remains.

Why no wake-up is lost:

* A report is appended before its writer's attempt at the key. If that fails, somebody has the
  key, and looks at the reports after giving it back.
* A worker sleeps either because its pool had nothing ready, found with the key; or because it
  failed to get the key twice, the second time after it was registered as idle. In both cases
  whoever has the key next, or still, looks at the ready number after giving it back. Who failed
  must not look: it would find the work, wake itself and fail again, and keep the interpreter's lock
  from the one with the key meanwhile.
* Who asks the machine something waits for the answer, not for the key: a question is a report too,
  also at the end of a run: whoever finds that it is over looks at the reports all the same.
* An application thread registers before it reports that it waits, and its condition is judged
  with the key after all that can change it: reports, the last call in flight, and a graph input
  that nothing holds back any more, of which the machine tells. It is not judged at every hop, so
  whoever waits costs the workers nothing. Only where application threads do the work themselves,
  they may wait for what a call brings, and each call is followed by a look.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from graphflow.driver.bells import ThreadWorker, Waiter, silent_bell
from graphflow.runtime.scheduler import Scheduler

T = TypeVar("T")

_take = deque.pop


class SharedMachine:
    """A scheduler, its key, and who is to be told what became of a report.

    Args:
        scheduler: the machine.
        note_fault: told what the machine itself failed with.

    Attributes:
        key: has one element while nobody changes the machine. Who takes that out may, and appends
            it again.
        reports: what is to be brought in: a function and its arguments.
        waiting: application threads that wait for a condition.
        workers: threads to ring at the end.
        is_over: the run has ended, or the machine failed; `over` is set then.
        is_broken: the machine failed, and must not be asked any more.
    """

    def __init__(self, scheduler: Scheduler, note_fault: Callable[[BaseException], None]) -> None:
        self.scheduler = scheduler
        self.key: deque[None] = deque((None,))
        self._keys = (self.key,)
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
        """Call `listener`, without the key, whenever the run became idle, failed, or ended."""
        self._news = listener

    def take_key(self) -> bool:
        """Take the key if nobody has it; say whether that worked. For workers' threads."""
        try:
            self.key.pop()
        except IndexError:
            return False
        return True

    def report(self, report: Callable[..., None], *arguments: Any) -> None:
        """Tell the machine something: now, or by whoever has the key."""
        self.reports.append((report, *arguments))
        self.look_around()

    def look_again(self) -> None:
        """Have somebody look at the machine and at who waits, now or next."""
        self.report(_nothing)

    def ask(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something between two reports, and wait for the answer.

        Args:
            question: put with the key, by this thread or by whoever has it. A machine that failed
                can still be asked, and may be in between.
        """
        asked = _Question(question, self.scheduler)
        try:
            if not self._do_with_key(asked.put):
                self.report(asked.put)
        finally:
            self.look_around()
        return asked.answer()

    def _do_with_key(self, act: Callable[[], None]) -> bool:
        """Do something with the key, and give that back; False if somebody else has it.

        For threads of the application, which an interrupt (Ctrl-C) may end between any two calls:
        what took the key notes it in the same call, so it is given back whenever that comes.
        """
        taken: list[None] = []
        try:
            try:
                taken.extend(map(_take, self._keys))
            except IndexError:
                return False
            act()
        finally:
            self.key.extend(taken)
        return True

    # ---- with the key --------------------------------------------------------------------------

    def drain(self) -> None:
        """Bring the reports in."""
        reports = self.reports
        while reports:
            report, *arguments = reports.popleft()
            report(*arguments)

    def conclude(self) -> None:
        """Last, with the key: end what is over, and let application threads go that can."""
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

    def _look_at_reports(self) -> None:
        """With the key: bring reports in, and see what comes of them."""
        try:
            if self.is_broken:
                self._answer_questions()
                self._let_go(lambda waiter: True)
            else:
                self.drain()
                self.conclude()
        except BaseException as error:
            self.break_off(error)
            if not isinstance(error, Exception):
                raise

    def _answer_questions(self) -> None:
        """Of the reports to a machine that failed, bring in those that only ask it."""
        while self.reports:
            report, *_ = self.reports.popleft()
            if isinstance(getattr(report, "__self__", None), _Question):
                report()

    def _let_go(self, can_go: Callable[[Waiter], bool]) -> None:
        for waiter in tuple(self.waiting):
            if can_go(waiter):
                with suppress(ValueError):  # it was interrupted and is gone
                    self.waiting.remove(waiter)
                waiter.let_go()

    def _note_failure(self) -> None:
        """The run has failed: an empty report makes whoever has the key look, and tell the news."""
        self._has_news = True
        self.reports.append((_nothing,))

    def _note_room(self) -> None:
        """A graph input is held back no more: whoever has the key looks who waited for that."""
        if self.waiting:
            self.reports.append((_nothing,))

    def _end(self) -> None:
        self.is_over = True
        self.over.set()
        for worker in self.workers:
            worker.ring()

    # ---- without the key ------------------------------------------------------------------------

    def look_around(self) -> None:
        """Bring in reports that came meanwhile, and ring sleepers there is work for."""
        try:
            while self.reports and self._do_with_key(self._look_at_reports):
                pass
        finally:
            if self._has_news:
                self._tell_news()
        for pool in self.scheduler.pools:
            if pool.idle and pool.ready:
                if self.scheduler.is_paused:
                    return  # whoever were rung would find nothing; `resume` looks here again
                try:
                    sleeper = pool.idle.pop()
                except IndexError:
                    continue  # the last sleeper woke up
                sleeper.ring()

    def _tell_news(self) -> None:
        """Tell whoever asked for it that the run became idle, failed, or ended."""
        if self._has_news:
            self._has_news = False
            if self._news is not None:
                self._news()


class _Question(Generic[T]):
    """Something to be asked of the machine by whoever has the key."""

    __slots__ = ("_answer", "_bell", "_error", "_question", "_scheduler")

    def __init__(self, question: Callable[[Scheduler], T], scheduler: Scheduler) -> None:
        self._question = question
        self._scheduler = scheduler
        self._bell = silent_bell()
        self._error: BaseException | None = None

    def put(self) -> None:
        """Ask; what goes wrong with that is told who wants to know, for the machine is sound."""
        try:
            self._answer = self._question(self._scheduler)
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._bell.release()

    def answer(self) -> T:
        """Wait for the answer."""
        self._bell.acquire()
        if self._error is not None:
            raise self._error
        return self._answer


def _nothing() -> None:
    """A report that only makes somebody look at the machine."""
