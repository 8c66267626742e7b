"""Turns of work: the threads that perform what the pools of a shared machine offer.

A worker need not be a thread. That of a lent executor is rung by submitting a task, and returns
the thread where others go to sleep (`graphflow.driver.lent`). The worker of a pool that has no
threads at all is rung by offering its turn to application threads that wait. An offer is made
before its maker looks who waits, and who waits registers before he looks at the offers. Tasks and
offers are made without the key. So none of these loses a wake-up either: see
`graphflow.driver.combining`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from time import perf_counter

from graphflow.driver.bells import ThreadWorker, Waiter, WaitingWorker
from graphflow.driver.combining import SharedMachine
from graphflow.driver.courtesy import Courtesy
from graphflow.driver.lent import Lender, LentWorker
from graphflow.driver.workers import LentExecutor, OwnThreads, Workers
from graphflow.runtime.elements import Invocation, Pool, Step
from graphflow.runtime.scheduler import Scheduler
from graphflow.words.errors import GraphflowError, UsageError

Perform = Callable[[Invocation], BaseException | None]
NoteSetup = Callable[[Invocation, float], None]

PROCESS = Step.PROCESS


class Turns:
    """All workers of a run.

    Args:
        shared: the machine.
        perform: runs a step of user code, and returns what it raised.
        note_setup: is told which calculator was opened or closed, and how long that took.

    Attributes:
        offers: turns that application threads may take while they wait.
        has_waiting_workers: a pool's work is done by application threads while they wait.
    """

    def __init__(self, shared: SharedMachine, perform: Perform, note_setup: NoteSetup) -> None:
        self.offers: deque[WaitingWorker] = deque()
        self.has_waiting_workers = False
        self._shared = shared
        self._perform = perform
        self._note_setup = note_setup
        self._here = threading.local()
        self._has_many_pools = len(shared.scheduler.pools) > 1
        self._courtesy = Courtesy(())

    def add_workers(self, pool: Pool, wanted: Workers) -> None:
        """Give a pool its workers; before the start."""
        shared = self._shared
        if isinstance(wanted, OwnThreads):
            shared.workers += [ThreadWorker(pool, wanted) for _ in range(wanted.count)]
        elif isinstance(wanted, LentExecutor):
            lender = Lender(self, wanted, pool)
            nodes = [node for node in shared.scheduler.nodes if node.pool is pool]
            calls = sum(node.max_in_flight for node in nodes)
            pool.idle += [LentWorker(lender) for _ in range(calls)]
        else:
            pool.idle.append(WaitingWorker(pool, self.offers, shared.waiting))
            self.has_waiting_workers = True

    def start(self) -> None:
        """Start the threads."""
        self._courtesy = Courtesy(self._shared.workers)
        for number, worker in enumerate(tuple(self._shared.workers)):
            worker.start(self._work, number)

    def join(self) -> None:
        """Wait for the threads' end."""
        for worker in tuple(self._shared.workers):
            worker.join()

    @property
    def is_inside(self) -> bool:
        """Whether the thread that asks performs a call of this run."""
        return getattr(self._here, "is_inside", False)

    # ---- threads that do nothing else ---------------------------------------------------------

    def _work(self, me: ThreadWorker) -> None:
        """The life of a thread of the driver's own."""
        shared, courtesy = self._shared, self._courtesy
        try:
            me.settings.be_nice()
        except OSError as error:
            level = me.settings.nice_level
            refusal = UsageError(f"nice_priority_level {level} is refused: {error.strerror}")
            shared.report(shared.scheduler.cancel, refusal)
        while not shared.is_over:
            if me.is_nice:
                courtesy.wait()
            try:
                self.work_until_dry(me)
            finally:
                if courtesy.is_owed_to(me):
                    courtesy.rest(me)
            me.sleep()

    def work_until_dry(self, me: ThreadWorker | LentWorker) -> None:
        """Perform what the worker's pool offers; return when it is idle, or the run is over."""
        was_inside, self._here.is_inside = self.is_inside, True
        looks_around = True
        try:
            looks_around = self._work_until_dry(me)
        finally:
            self._here.is_inside = was_inside
            if looks_around:
                self._shared.look_around()

    def _work_until_dry(self, me: ThreadWorker | LentWorker) -> bool:
        """Do so; return False if somebody else has the key, and so will look around."""
        shared, pool, note_setup = self._shared, me.pool, self._note_setup
        take_key, give_key, scheduler = shared.key.pop, shared.key.append, shared.scheduler
        finish_and_take, take = scheduler.finish_and_take, scheduler.take
        idle, reports, waiting = pool.idle, shared.reports, shared.waiting
        has_many_pools, looks_at_calls = self._has_many_pools, self.has_waiting_workers
        urgent = me if self._courtesy.is_owed_to(me) else None
        invocation: Invocation | None = None
        while True:
            try:
                take_key()
            except IndexError:
                if invocation is not None:
                    reports.append((scheduler.finish, invocation))
                    invocation = None
                if not self._takes_key_or_rests(me):
                    return False
            try:
                if shared.is_over:
                    return True
                has_reports = False
                if reports:
                    has_reports = True
                    shared.drain()
                if invocation is not None:
                    invocation = finish_and_take(invocation, pool)
                else:
                    invocation = take(pool)
                if invocation is None or has_reports or (looks_at_calls and waiting):
                    shared.conclude()
                if invocation is None:
                    idle.append(me)
            except BaseException as error:
                shared.break_off(error)
                return True
            finally:
                give_key(None)
            if invocation is None:
                return True
            if has_reports or reports or has_many_pools or (idle and pool.ready):
                if urgent is not None:  # then there are nice ones, and so many pools
                    self._courtesy.begin(urgent, invocation)
                shared.look_around()
            # `Driver._perform` written out: a call less at every hop.
            start = perf_counter()
            try:
                invocation.call(invocation)
            except BaseException as cause:
                reports.append((scheduler.fail, invocation, cause))
                invocation = None
            else:
                if invocation.step is PROCESS:
                    invocation.busy_seconds += perf_counter() - start
                    invocation.calls += 1
                else:
                    note_setup(invocation, perf_counter() - start)

    def _takes_key_or_rests(self, me: ThreadWorker | LentWorker) -> bool:
        """Somebody else has the key: be idle, then try once more; False to leave."""
        idle, shared = me.pool.idle, self._shared
        idle.append(me)
        if not shared.take_key():
            return False
        try:
            idle.remove(me)
        except ValueError:  # somebody rang already: there will be another turn
            shared.key.append(None)
            shared.look_around()
            return False
        return True

    def refuse(self, lender: Lender, cause: BaseException | None) -> None:
        """An executor did not run a task: the run fails, and a thread of ours closes its nodes."""
        shared = self._shared
        if shared.is_over or lender.substitute is not None:
            return
        substitute = ThreadWorker(lender.pool, OwnThreads(1))
        lender.substitute = substitute.ring
        shared.workers.append(substitute)
        error = GraphflowError(lender.lent.refusal(cause))
        error.__cause__ = cause
        shared.reports.append((shared.scheduler.cancel, error))  # first: nothing else is processed
        substitute.start(self._work, len(shared.workers))
        shared.look_around()

    # ---- threads of the application, while they wait --------------------------------------------

    def work_for(self, waiter: Waiter) -> None:
        """In an application thread: take a turn that is offered, until dry or the waiter is free.

        An interrupt in user code (Ctrl-C) ends the run, and is raised when the turn is over.
        """
        try:
            me = self.offers.popleft()
        except IndexError:
            return  # another thread took it
        shared = self._shared
        was_inside, self._here.is_inside = self.is_inside, True
        try:
            interrupt = self._turn(me, waiter)
        except BaseException as error:
            cause = error
            shared.ask(lambda _: shared.break_off(cause))
            raise
        finally:
            self._here.is_inside = was_inside
        if interrupt is not None:
            raise interrupt

    def _turn(self, me: WaitingWorker, waiter: Waiter) -> BaseException | None:
        """Work for a pool; return an interrupt that user code raised."""
        invocation: Invocation | None = None
        cause = interrupt = None
        while True:
            ask = partial(self._next, me, waiter, invocation, cause)
            invocation = self._shared.ask(ask)
            if invocation is None:
                return interrupt
            cause = self._perform(invocation)
            if cause is not None and not isinstance(cause, Exception):
                interrupt = cause

    def _next(
        self,
        me: WaitingWorker,
        waiter: Waiter,
        invocation: Invocation | None,
        cause: BaseException | None,
        scheduler: Scheduler,
    ) -> Invocation | None:
        """With the key: report a call, and take the next one if the waiter still waits."""
        shared, following = self._shared, None
        if shared.is_over:
            return None
        shared.drain()
        if invocation is not None and cause is not None:
            shared.scheduler.fail(invocation, cause)
        elif invocation is not None:
            shared.scheduler.finish(invocation)
        shared.conclude()
        if not waiter.is_free:
            following = shared.scheduler.take(me.pool)
        if following is None:
            me.pool.idle.append(me)
        return following
