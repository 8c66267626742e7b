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
* An application thread registers before it reports that it waits, and every condition is judged
  under the lock, after all that changed it.

A packet is fed only when the one before it was brought in and left its queues room: so queue
limits are kept to the packet. A bad timestamp raises in the caller, judged by a bound that the
caller's side of the input owns.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from graphflow import timestamp as time_of
from graphflow.calculator import AnyCalculator
from graphflow.driver.base import Driver, T, refusal
from graphflow.errors import GraphflowError, UsageError
from graphflow.packet import Packet
from graphflow.runtime.elements import Invocation, Pool, Stream
from graphflow.runtime.scheduler import Scheduler


class _Worker:
    """A thread of a pool, and the bell that wakes it."""

    __slots__ = ("bell", "pool", "thread")

    thread: threading.Thread

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.bell = _silent_bell()


class _Waiter:
    """An application thread that sleeps until a condition holds or the run is over."""

    __slots__ = ("bell", "condition")

    def __init__(self, condition: Callable[[], bool]) -> None:
        self.condition = condition
        self.bell = _silent_bell()


class _Feed:
    """The application's side of a graph input.

    Attributes:
        lock: lets one thread feed at a time.
        bound: of the stream once all reports are brought in.
        posted, absorbed: packets reported, and those brought in.
    """

    __slots__ = ("absorbed", "bound", "lock", "posted", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.bound = stream.bound
        self.posted = 0
        self.absorbed = 0

    def has_room(self) -> bool:
        """Whether everything posted was brought in, and then no queue downstream is full."""
        return self.posted == self.absorbed and not self.stream.throttled


class ThreadDriver(Driver):
    """Runs the graph on worker threads.

    Args:
        scheduler: the machine.
        calculators: one for each node.
        threads: workers of each pool, at least 1.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        calculators: Sequence[AnyCalculator],
        threads: Sequence[int],
    ) -> None:
        super().__init__(scheduler, calculators)
        self._lock = threading.Lock()
        self._reports: deque[tuple[Any, ...]] = deque()
        self._feeds = {stream: _Feed(stream) for stream in scheduler.inputs.values()}
        self._waiting: list[_Waiter] = []
        self._over = threading.Event()
        self._has_many_pools = len(scheduler.pools) > 1
        self._workers = [
            _Worker(pool)
            for pool, count in zip(scheduler.pools, threads, strict=True)
            for _ in range(count)
        ]

    def start(self) -> None:
        """Start the workers; they open the graph."""
        for number, worker in enumerate(self._workers):
            worker.thread = threading.Thread(
                target=self._work, args=(worker,), name=f"graphflow-{number}", daemon=True
            )
        for worker in self._workers:
            worker.thread.start()

    # ---- the application's threads ------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet, *, waits: bool = True) -> None:
        """Add a packet to a graph input; wait while a queue downstream of it is full.

        User code inside the run that feeds an input does not wait, for it would wait for itself.
        """
        feed = self._feeds[stream]
        with feed.lock:
            admitted = self._admit(stream, packet, feed.bound)
            if admitted is None:
                return
            if not feed.has_room() and not (waits and self._is_inside()):
                self._wait_for_room(feed, waits=waits)
                self._check_run()
            feed.bound = time_of.next_allowed(admitted.timestamp)
            feed.posted += 1
            self._report(self._add, feed, admitted)

    def end_sources(self) -> None:
        """End all sources as if each had stopped; graph inputs stay open."""
        self._report(self.scheduler.end_sources)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound; DONE closes it."""
        feed = self._feeds[stream]
        with feed.lock:
            feed.bound = min(max(feed.bound, bound), time_of.DONE)
            self._report(self.scheduler.advance, stream, bound)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: running calls return, opened calculators are closed."""
        self._report(self.scheduler.cancel, error)

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
        self._wait_for(lambda: self.scheduler.is_idle and not self._reports)

    def wait_until_done(self) -> None:
        """Wait for the end of the run and raise what went wrong.

        Raises:
            UsageError: called by user code inside the run.
            GraphflowError: the run failed.
        """
        self._refuse_inside()
        self._over.wait()
        for worker in self._workers:
            worker.thread.join()
        self.raise_outcome()

    def look(self, question: Callable[[Scheduler], T]) -> T:
        """Ask the machine something between two reports; nothing may be changed."""
        with self._lock:
            answer = question(self.scheduler)
        self._after()
        return answer

    def _is_inside(self) -> bool:
        current = threading.current_thread()
        return any(worker.thread is current for worker in self._workers)

    def _refuse_inside(self) -> None:
        if self._is_inside():
            raise UsageError("user code inside a run can't wait for the run")

    def _wait_for_room(self, feed: _Feed, *, waits: bool) -> None:
        """Wait until there is room; or, if the caller does not wait, until that can be told."""
        stream = feed.stream
        self._report(self.scheduler.await_space, stream)
        if waits:
            self._wait_for(feed.has_room)
            return
        self._wait_for(lambda: feed.posted == feed.absorbed)
        if stream.throttled and not self.scheduler.has_failed:
            self._report(self.scheduler.forgo_space, stream)
            raise refusal(stream)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        """Sleep until the condition holds or the run is over."""
        waiter = _Waiter(condition)
        self._waiting.append(waiter)
        try:
            self._report(_nothing)  # whoever has the lock, now or next, judges the condition
            waiter.bell.acquire()
        finally:
            with suppress(ValueError):  # whoever rang has removed it
                self._waiting.remove(waiter)

    def _report(self, report: Callable[..., None], *arguments: Any) -> None:
        self._reports.append((report, *arguments))
        self._after()

    # ---- under the lock -----------------------------------------------------------------------

    def _add(self, feed: _Feed, packet: Packet) -> None:
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
        is_over = scheduler.has_failed or self._over.is_set()
        self._let_go(lambda waiter: is_over or waiter.condition())

    def _let_go(self, can_go: Callable[[_Waiter], bool]) -> None:
        for waiter in tuple(self._waiting):
            if can_go(waiter):
                with suppress(ValueError):  # it was interrupted and is gone
                    self._waiting.remove(waiter)
                waiter.bell.release()

    def _end(self) -> None:
        self._over.set()
        for worker in self._workers:
            _ring(worker)

    def _break_off(self, cause: BaseException) -> None:
        """The machine failed: end everything, so that nobody waits for ever."""
        self._break(cause)
        self._end()
        self._let_go(lambda waiter: True)

    # ---- with the lock released ---------------------------------------------------------------

    def _after(self) -> None:
        """Bring in reports that came meanwhile, and ring sleepers there is work for."""
        while self._reports and self._lock.acquire(blocking=False):
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
        if self.scheduler.is_paused:
            return  # whoever were rung would find nothing; `resume` looks here again
        for pool in self.scheduler.pools:
            if pool.idle and pool.ready:
                with suppress(IndexError):  # the last sleeper woke up
                    _ring(pool.idle.pop())

    # ---- the workers -----------------------------------------------------------------------------

    def _work(self, me: _Worker) -> None:
        pool, lock, scheduler = me.pool, self._lock, self.scheduler
        finish_and_take, take = scheduler.finish_and_take, scheduler.take
        idle, reports, waiting = pool.idle, self._reports, self._waiting
        perform, is_over, has_many_pools = self._perform, self._over.is_set, self._has_many_pools
        invocation: Invocation | None = None
        while True:
            if not lock.acquire(blocking=False):
                if invocation is not None:
                    reports.append((scheduler.finish, invocation))
                    invocation = None
                idle.append(me)
                if not lock.acquire(blocking=False):
                    me.bell.acquire()
                    if is_over():
                        return
                    continue
                try:
                    idle.remove(me)
                except ValueError:
                    me.bell.acquire()  # somebody rang already
            try:
                if is_over():
                    return
                if reports:
                    self._drain()
                if invocation is not None:
                    invocation = finish_and_take(invocation, pool)
                else:
                    invocation = take(pool)
                if invocation is None or waiting:
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
                me.bell.acquire()
                if is_over():
                    return
                continue
            cause = perform(invocation)
            if cause is not None:
                reports.append((scheduler.fail, invocation, cause))
                invocation = None


def _nothing() -> None:
    """A report that only makes somebody look at the machine."""


def _silent_bell() -> threading.Lock:
    bell = threading.Lock()
    bell.acquire()
    return bell


def _ring(worker: _Worker) -> None:
    with suppress(RuntimeError):  # rung already
        worker.bell.release()
