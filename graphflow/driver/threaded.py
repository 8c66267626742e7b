"""The driver with worker threads.

Theory of operation
===================

The machine is changed by whoever has the lock, and *nobody waits for the lock*: who fails to get
it leaves a report; whoever has it looks, after unlocking, at reports that came meanwhile. A
blocking lock would make a convoy: each release wakes a waiter that then loses the race.

Who has the lock: (1) brings in the reports, (2) takes, if it is a worker, (3) concludes: looks
whether the run is over and which application threads can go on. After unlocking it rings a
sleeping worker if work remains.

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
* A worker need not be a thread: that of a lent executor is rung by submitting a task, and returns
  the thread where others go to sleep (`graphflow.driver.lent`). The worker of a pool that has no
  threads at all is rung by offering its turn to application threads that wait. An offer is made
  before its maker looks who waits, and who waits registers before he looks at the offers.
  Tasks and offers are made by who holds no lock.

A packet is fed only when the one before it was brought in and left its queues room: so queue
limits are kept to the packet. A bad timestamp raises in the caller, judged by a bound that the
caller's side of the input owns.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from graphflow.driver.base import Driver, T, refusal
from graphflow.driver.bells import ThreadWorker, Waiter, WaitingWorker
from graphflow.driver.feed import Feed
from graphflow.driver.lent import Lender, LentWorker
from graphflow.driver.workers import LentExecutor, OwnThreads, Workers
from graphflow.nodes.calculator import AnyCalculator
from graphflow.runtime.elements import Invocation, Pool, Stream
from graphflow.runtime.scheduler import Scheduler
from graphflow.words import timestamp as time_of
from graphflow.words.errors import GraphCancelled, GraphflowError, UsageError
from graphflow.words.packet import Packet


class ThreadDriver(Driver):
    """Runs the graph on worker threads.

    Args:
        scheduler: the machine.
        calculators: one for each node.
        workers: for each pool, whose threads do its work; a number for so many of its own.

    Attributes:
        has_waiting_workers: a pool's work is done by application threads while they wait.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        calculators: Sequence[AnyCalculator],
        workers: Sequence[Workers | int],
    ) -> None:
        super().__init__(scheduler, calculators)
        self._lock = threading.Lock()
        self._reports: deque[tuple[Any, ...]] = deque()
        self._feeds = {stream: Feed(stream) for stream in scheduler.inputs.values()}
        self._waiting: list[Waiter] = []
        self._offers: deque[WaitingWorker] = deque()
        self._here = threading.local()
        self._news: Callable[[], None] | None = None
        self._has_news = False
        scheduler.when_failed(self._note_failure)
        scheduler.when_room(self._note_room)
        self._over = threading.Event()
        self._is_over = False  # as the event says: asked at every hop
        self._has_many_pools = len(scheduler.pools) > 1
        self._workers: list[ThreadWorker] = []
        self.has_waiting_workers = False
        for pool, wanted in zip(scheduler.pools, workers, strict=True):
            self._add_workers(pool, OwnThreads(wanted) if isinstance(wanted, int) else wanted)

    def _add_workers(self, pool: Pool, wanted: Workers) -> None:
        if isinstance(wanted, OwnThreads):
            self._workers += [ThreadWorker(pool, wanted) for _ in range(wanted.count)]
        elif isinstance(wanted, LentExecutor):
            lender = Lender(self, wanted, pool)
            nodes = [node for node in self.scheduler.nodes if node.pool is pool]
            calls = sum(node.max_in_flight for node in nodes)
            pool.idle += [LentWorker(lender) for _ in range(calls)]
        else:
            pool.idle.append(WaitingWorker(pool, self._offers, self._waiting))
            self.has_waiting_workers = True

    def start(self) -> None:
        """Start the workers; they open the graph."""
        for number, worker in enumerate(tuple(self._workers)):
            worker.start(self._work, number)
        self._report(_nothing)

    def when_news(self, listener: Callable[[], None]) -> None:
        """Call `listener`, outside any lock, whenever the run became idle, failed, or ended."""
        self._news = listener

    # ---- the application's threads ------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input; wait while a queue downstream of it is full.

        User code inside the run that feeds an input does not wait, for it would wait for itself.
        """
        feed = self._feeds[stream]
        while not self._post(feed, packet, needs_room=not (waits and self._is_inside())):
            self._wait_for_room(feed, waits=waits)
        self._after()

    def _post(self, feed: Feed, packet: Packet, *, needs_room: bool) -> bool:
        """Report a packet, unless it is to be dropped; False if there is no room yet."""
        with feed.lock:
            admitted = self._admit(feed.stream, packet, feed.bound)
            if admitted is None:
                return True
            if needs_room and not feed.has_room():
                return False
            feed.bound = time_of.next_allowed(admitted.timestamp)
            feed.posted += 1
            self._reports.append((self._add, feed, admitted))
            return True

    def end_sources(self) -> None:
        """End all sources as if each had stopped; graph inputs stay open."""
        self._report(self.scheduler.end_sources)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound; DONE closes it."""
        feed = self._feeds[stream]
        with feed.lock:
            feed.bound = min(max(feed.bound, bound), time_of.DONE)
            self._reports.append((self.scheduler.advance, stream, bound))
        self._after()

    def cancel(self, error: GraphflowError) -> None:
        """End the run: running calls return, opened calculators are closed."""
        self._report(self.scheduler.cancel, error)

    def abandon(self) -> None:
        """The graph was dropped without an end: cancel the run, so that its threads end.

        Called from any thread, at any moment, also while that thread changes the machine.
        """
        self.cancel(GraphCancelled("the graph was dropped while it ran"))

    def pause(self) -> None:
        """Let no call begin until `resume`; those under way return. Ignored after the end."""
        with self._lock:
            self.scheduler.pause()
        self._after()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._report(self.scheduler.resume)

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing is ready, or the run is over.

        Raises:
            UsageError: called by user code inside the run.
        """
        self._refuse_inside()
        self.wait_for(lambda: self.scheduler.is_idle and not self._reports)

    def wait_until_done(self) -> None:
        """Wait for the end of the run and raise what went wrong.

        Raises:
            UsageError: called by user code inside the run.
            GraphflowError: the run failed.
        """
        self._refuse_inside()
        if self.has_waiting_workers:
            self.wait_for(lambda: self._is_over, waits_for_end=True)
        self._over.wait()
        for worker in tuple(self._workers):
            worker.join()
        if self._crash is not None:
            self._close_opened()
        self.raise_outcome()

    def look(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something between two reports; nothing may be changed."""
        with self._lock:
            answer = question(self.scheduler)
        self._after()
        return answer

    def _is_inside(self) -> bool:
        return getattr(self._here, "is_inside", False)

    def _refuse_inside(self) -> None:
        if self._is_inside():
            raise UsageError("user code inside a run can't wait for the run")

    def _wait_for_room(self, feed: Feed, *, waits: bool) -> None:
        """Wait until there is room; or, if the caller does not wait, until that can be told."""
        stream = feed.stream
        self._report(self.scheduler.await_space, stream)
        if waits:
            self.wait_for(feed.has_room)
            return
        self.wait_for(lambda: feed.posted == feed.absorbed)
        if stream.throttled and not self.scheduler.has_failed:
            self._report(self.scheduler.forgo_space, stream)
            raise refusal(stream)

    def wait_for(
        self,
        condition: Callable[[], bool],
        *,
        timeout_seconds: float | None = None,
        waits_for_end: bool = False,
    ) -> None:
        """Sleep until a condition holds or the run is over; work meanwhile where that is due.

        Args:
            condition: that a graph input has room, or the graph is idle; or, if there are waiting
                workers, anything. It is judged by any thread, under the lock.
            timeout_seconds: how long to sleep at most; None for as long as it takes.
            waits_for_end: a failed run is waited for until everything is closed.
        """
        end = None if timeout_seconds is None else monotonic() + timeout_seconds
        waiter = Waiter(condition, waits_for_end=waits_for_end)
        self._waiting.append(waiter)
        try:
            self._report(_nothing)  # whoever has the lock, now or next, judges the condition
            while not waiter.is_free:
                if self._offers:
                    self._work_for(waiter)
                elif not waiter.sleep(-1 if end is None else max(0.0, end - monotonic())):
                    break
        finally:
            with suppress(ValueError):  # whoever let it go has removed it
                self._waiting.remove(waiter)

    def _report(self, report: Callable[..., None], *arguments: Any) -> None:
        self._reports.append((report, *arguments))
        self._after()

    # ---- under the lock -----------------------------------------------------------------------

    def _add(self, feed: Feed, packet: Packet) -> None:
        self.scheduler.add(feed.stream, packet)
        feed.absorbed += 1  # last, for its feeder looks at it without the lock

    def _drain(self) -> None:
        reports = self._reports
        while reports:
            report, *arguments = reports.popleft()
            report(*arguments)

    def _conclude(self) -> None:
        """Before unlocking: end what is over, and let application threads go that can."""
        scheduler = self.scheduler
        if not scheduler.in_flight:
            scheduler.wake()
            if scheduler.is_done and not self._reports:
                self._end()
            self._has_news = True
        if self._waiting:
            has_failed, is_over = scheduler.has_failed, self._is_over
            self._let_go(
                lambda waiter: (
                    is_over or (has_failed and not waiter.waits_for_end) or waiter.condition()
                )
            )

    def _let_go(self, can_go: Callable[[Waiter], bool]) -> None:
        for waiter in tuple(self._waiting):
            if can_go(waiter):
                with suppress(ValueError):  # it was interrupted and is gone
                    self._waiting.remove(waiter)
                waiter.let_go()

    def _note_failure(self) -> None:
        """The run has failed: an empty report makes whoever unlocks look, and tell the news."""
        self._has_news = True
        self._reports.append((_nothing,))

    def _note_room(self) -> None:
        """A graph input is held back no more: whoever unlocks looks who waited for that."""
        if self._waiting:
            self._reports.append((_nothing,))

    def _end(self) -> None:
        self._is_over = True
        self._over.set()
        for worker in self._workers:
            worker.ring()

    def _break_off(self, cause: BaseException) -> None:
        """The machine failed: end everything, so that nobody waits for ever."""
        self._break(cause)
        self._has_news = True
        self._end()
        self._let_go(lambda waiter: True)

    # ---- with the lock released ---------------------------------------------------------------

    def _after(self) -> None:
        """Bring in reports that came meanwhile, and ring sleepers there is work for."""
        try:
            while self._reports and self._lock.acquire(False):
                self._look_at_reports()
        finally:
            self._tell_news()
        if self.scheduler.is_paused:
            return  # whoever were rung would find nothing; `resume` looks here again
        for pool in self.scheduler.pools:
            if pool.idle and pool.ready:
                try:
                    sleeper = pool.idle.pop()
                except IndexError:
                    continue  # the last sleeper woke up
                sleeper.ring()

    def _look_at_reports(self) -> None:
        """With the lock just taken: bring reports in, and release it."""
        try:
            if self._crash is None:
                self._drain()
                self._conclude()
            else:
                self._reports.clear()
                self._let_go(lambda waiter: True)
        except BaseException as error:
            self._break_off(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._lock.release()

    def _tell_news(self) -> None:
        if self._has_news:
            self._has_news = False
            if self._news is not None:
                self._news()

    # ---- the workers -----------------------------------------------------------------------------

    def _work(self, me: ThreadWorker) -> None:
        """The life of a thread of the driver's own."""
        try:
            me.settings.be_nice()
        except OSError as error:
            level = me.settings.nice_level
            self.cancel(UsageError(f"nice_priority_level {level} is refused: {error.strerror}"))
        while not self._is_over:
            self.work_until_dry(me)
            me.sleep()

    def work_until_dry(self, me: ThreadWorker | LentWorker) -> None:
        """Perform what the worker's pool offers; return when it is idle, or the run is over."""
        was_inside = self._is_inside()
        self._here.is_inside = True
        try:
            self._work_until_dry(me)
        finally:
            self._here.is_inside = was_inside
            self._tell_news()

    def _work_until_dry(self, me: ThreadWorker | LentWorker) -> None:
        pool, lock, scheduler = me.pool, self._lock, self.scheduler
        finish_and_take, take = scheduler.finish_and_take, scheduler.take
        idle, reports, waiting = pool.idle, self._reports, self._waiting
        perform, has_many_pools = self._perform, self._has_many_pools
        looks_at_calls = self.has_waiting_workers
        invocation: Invocation | None = None
        while True:
            # By position: to name the argument would double what the lock costs.
            if not lock.acquire(False):
                if invocation is not None:
                    reports.append((scheduler.finish, invocation))
                    invocation = None
                idle.append(me)
                if not lock.acquire(False):
                    return
                try:
                    idle.remove(me)
                except ValueError:  # somebody rang already: there will be another turn
                    lock.release()
                    self._after()
                    return
            try:
                if self._is_over:
                    return
                has_reports = False
                if reports:
                    has_reports = True
                    self._drain()
                if invocation is not None:
                    invocation = finish_and_take(invocation, pool)
                else:
                    invocation = take(pool)
                if invocation is None or has_reports or (looks_at_calls and waiting):
                    self._conclude()
                if invocation is None:
                    idle.append(me)
            except BaseException as error:
                self._break_off(error)
                return
            finally:
                lock.release()
            if reports or has_many_pools or (idle and pool.ready):
                self._after()
            if invocation is None:
                return
            cause = perform(invocation)
            if cause is not None:
                reports.append((scheduler.fail, invocation, cause))
                invocation = None

    def refuse(self, lender: Lender, cause: BaseException | None) -> None:
        """An executor did not run a task: the run fails, and a thread of ours closes its nodes."""
        if self._is_over or lender.substitute is not None:
            return
        substitute = ThreadWorker(lender.pool, OwnThreads(1))
        lender.substitute = substitute.ring
        self._workers.append(substitute)
        error = GraphflowError(lender.lent.refusal(cause))
        error.__cause__ = cause
        self._reports.append((self.scheduler.cancel, error))  # first: so nothing else is processed
        substitute.start(self._work, len(self._workers))
        self._after()

    def _work_for(self, waiter: Waiter) -> None:
        """In an application thread: take a turn that is offered, until dry or the waiter is free.

        An interrupt in user code (Ctrl-C) ends the run, and is raised when the turn is over.
        """
        try:
            me = self._offers.popleft()
        except IndexError:
            return  # another thread took it
        was_inside, self._here.is_inside = self._is_inside(), True
        try:
            interrupt = self._turn(me, waiter)
        except BaseException as error:
            with self._lock:
                self._break_off(error)
            self._tell_news()
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
            with self._lock:  # one thread per pool comes here, so no convoy can form
                invocation = self._next(me, waiter, invocation, cause)
            self._after()
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
    ) -> Invocation | None:
        """Under the lock: report a call, and take the next one if the waiter still waits."""
        scheduler, following = self.scheduler, None
        if self._is_over:
            return None
        self._drain()
        if invocation is not None and cause is not None:
            scheduler.fail(invocation, cause)
        elif invocation is not None:
            scheduler.finish(invocation)
        self._conclude()
        if not waiter.is_free:
            following = scheduler.take(me.pool)
        if following is None:
            me.pool.idle.append(me)
        return following


def _nothing() -> None:
    """A report that only makes somebody look at the machine."""
