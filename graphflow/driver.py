"""Drivers: between the pure scheduler and the threads that do its work.

Theory of operation
===================

A driver performs what `Scheduler.take` offers, outside any lock, and reports the end.
`InlineDriver` does so in the caller's thread. `ThreadDriver` has workers, and *nobody waits for the
lock*: whoever fails to get it leaves a report, registers as idle, tries once more and sleeps;
whoever holds it looks, after unlocking, at reports and sleepers that came meanwhile. A blocking
lock would make a convoy: each release wakes a waiter that then loses the race.

Why no wake-up is lost: a report is appended *before* its writer's second attempt at the lock. If
that fails, somebody holds the lock, and looks at the reports after releasing it.

Only a thread that feeds a graph input may wait for the lock, and only while its previous packet is
not absorbed yet: so a queue limit is kept to the packet, and a bad timestamp raises in the caller,
against a bound that the caller owns.

This is the only module that imports threading, and the only one with a broad `except`: all user
code runs in `_perform`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

from graphflow import timestamp as time_of
from graphflow.calculator import AnyCalculator
from graphflow.errors import GraphflowError, InternalError, SeveralErrors
from graphflow.packet import Packet
from graphflow.runtime.elements import Invocation, Pool, Step, Stream
from graphflow.runtime.scheduler import Scheduler, check_time

PROCESS = Step.PROCESS


class Driver:
    """What both drivers share: calculators behind nodes, and the outcome of a run.

    Attributes:
        busy_seconds, calls: per node, how long its calls took in all, and how many there were.
    """

    def __init__(self, scheduler: Scheduler, calculators: Sequence[AnyCalculator]) -> None:
        self.scheduler = scheduler
        self.calculators = calculators
        count = len(scheduler.nodes)
        self.busy_seconds = [0.0] * count
        self.calls = [0] * count
        for node, calculator in zip(scheduler.nodes, calculators, strict=True):
            for invocation in node.idle:
                invocation.call = calculator.process

    def _perform(self, invocation: Invocation) -> BaseException | None:
        """Run a step of user code; return what it raised."""
        start = perf_counter()
        try:
            if invocation.step is PROCESS:
                invocation.call(invocation)
            else:
                step = getattr(self.calculators[invocation.node.index], invocation.step.value)
                step(invocation)
        except Exception as error:
            return error
        finally:
            # One node is in one worker at a time, but for those that allow more in flight; their
            # figures may then miss a call.
            index = invocation.node.index
            self.busy_seconds[index] += perf_counter() - start
            self.calls[index] += 1
        return None

    def _raise_outcome(self) -> None:
        errors = self.scheduler.errors
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralErrors(errors) from errors[0]

    def _check_feed(self, stream: Stream, packet: Packet) -> None:
        if self.scheduler.has_failed:
            self._raise_outcome()
        check_time(stream, packet.timestamp)


class InlineDriver(Driver):
    """Runs everything in the caller's thread: `add` returns when the graph is idle again."""

    def start(self) -> None:
        """Open the graph and run until it is idle."""
        self._pump()

    def add(self, stream: Stream, packet: Packet) -> None:
        """Add a packet to a graph input, and run until the graph is idle.

        Raises:
            TimestampError: its time lies below the input's bound.
            GraphflowError: the run has failed.
        """
        self._check_feed(stream, packet)
        if self.scheduler.is_full(stream):
            self.scheduler.await_space(stream)
            self._pump()
        self._check_feed(stream, packet)
        self.scheduler.add(stream, packet)
        self._pump()

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound, and run until the graph is idle."""
        self.scheduler.advance(stream, bound)
        self._pump()

    def cancel(self, error: GraphflowError) -> None:
        """End the run."""
        self.scheduler.cancel(error)
        self._pump()

    def wait_until_idle(self) -> None:
        """Run until nothing can."""
        self._pump()

    def wait_until_done(self) -> None:
        """Run to the end and raise what went wrong.

        Raises:
            GraphflowError: the run failed.
        """
        self._pump()
        if not self.scheduler.is_done:
            raise InternalError("the run is not done", self.scheduler.explain())
        self._raise_outcome()

    def _pump(self) -> None:
        scheduler = self.scheduler
        pools = scheduler.pools
        invocation: Invocation | None = None
        try:
            while True:
                invocation = next((each for pool in pools if (each := scheduler.take(pool))), None)
                if invocation is None:
                    return
                while invocation is not None:
                    error = self._perform(invocation)
                    if error is None:
                        pool = invocation.node.pool
                        invocation = scheduler.finish_and_take(invocation, pool)
                    else:
                        scheduler.fail(invocation, error)
                        invocation = None
        except KeyboardInterrupt as interrupt:
            # Ctrl-C while a calculator runs here: close what was opened, then let it through.
            if invocation is not None:
                scheduler.fail(invocation, interrupt)
            self._pump()
            raise


class _Worker:
    """A thread of a pool, and the bell that wakes it."""

    __slots__ = ("bell", "pool", "thread")

    thread: threading.Thread

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.bell = threading.Lock()
        self.bell.acquire()


class _Waiter:
    """An application thread that sleeps until a condition holds."""

    __slots__ = ("bell", "condition")

    def __init__(self, condition: Callable[[], bool]) -> None:
        self.condition = condition
        self.bell = threading.Lock()
        self.bell.acquire()


class _Feed:
    """The application's side of a graph input.

    Attributes:
        lock: lets one thread feed at a time.
        posted, absorbed: reports made, and those the machine has taken in.
    """

    __slots__ = ("absorbed", "lock", "posted", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.lock = threading.Lock()
        self.posted = 0
        self.absorbed = 0


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
        self._waiting: deque[_Waiter] = deque()
        self._over = threading.Event()
        self._crash: InternalError | None = None
        self._has_many_pools = len(scheduler.pools) > 1
        self._workers = [
            _Worker(pool)
            for pool, count in zip(scheduler.pools, threads, strict=True)
            for _ in range(count)
        ]

    def start(self) -> None:
        """Start the workers; they open the graph."""
        if self.scheduler.is_done:
            self._over.set()
            self._workers = []
        for number, worker in enumerate(self._workers):
            worker.thread = threading.Thread(
                target=self._work, args=(worker,), name=f"graphflow-{number}", daemon=True
            )
            worker.thread.start()

    # ---- the application's threads ------------------------------------------------------------

    def add(self, stream: Stream, packet: Packet) -> None:
        """Add a packet to a graph input; wait while a queue downstream of it is full.

        Raises:
            TimestampError: its time lies below the input's bound. Raised here, in the caller.
            GraphflowError: the run has failed.
        """
        feed = self._feeds[stream]
        with feed.lock:
            if feed.posted != feed.absorbed:
                self._absorb()
            while stream.throttled and not self.scheduler.has_failed and not self._over.is_set():
                self._report(self.scheduler.await_space, stream)
                self._wait_for(lambda: not stream.throttled)
            if self._crash is not None:
                raise self._crash
            self._check_feed(stream, packet)
            feed.posted += 1
            self._report(self._add, feed, packet)

    def advance(self, stream: Stream, bound: int) -> None:
        """Raise a graph input's bound."""
        feed = self._feeds[stream]
        with feed.lock:
            feed.posted += 1
            self._report(self._advance, feed, bound)

    def cancel(self, error: GraphflowError) -> None:
        """End the run: running calls return, opened calculators are closed."""
        self._report(self.scheduler.cancel, error)

    def wait_until_idle(self) -> None:
        """Wait until nothing runs and nothing is ready, or the run is over."""
        self._absorb()
        while not (self._is_quiet() or self._over.is_set()):
            self._wait_for(self._is_quiet)

    def wait_until_done(self) -> None:
        """Wait for the end of the run and raise what went wrong.

        Raises:
            GraphflowError: the run failed.
        """
        self._over.wait()
        if self._crash is not None:
            raise self._crash
        for worker in self._workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join()
        self._raise_outcome()

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        """Sleep until the condition holds or the run ends; workers look at it after each step."""
        waiter = _Waiter(condition)
        self._waiting.append(waiter)
        try:
            self._report(_nothing)  # lets somebody look: done, stuck, or queues to grow
            if not self._may_go(waiter):
                waiter.bell.acquire()
        finally:
            with suppress(ValueError):
                self._waiting.remove(waiter)

    def _may_go(self, waiter: _Waiter) -> bool:
        return waiter.condition() or self.scheduler.has_failed or self._over.is_set()

    def _is_quiet(self) -> bool:
        return self.scheduler.is_idle and not self._reports

    def _absorb(self) -> None:
        """Wait for the lock and bring all reports in."""
        with self._lock:
            self._drain_safely()
        self._after()

    def _report(self, report: Any, *arguments: Any) -> None:
        self._reports.append((report, *arguments))
        self._after()

    # ---- reports, run under the lock ----------------------------------------------------------

    def _add(self, feed: _Feed, packet: Packet) -> None:
        feed.absorbed += 1
        self.scheduler.add(feed.stream, packet)

    def _advance(self, feed: _Feed, bound: int) -> None:
        feed.absorbed += 1
        self.scheduler.advance(feed.stream, bound)

    def _drain(self) -> None:
        reports = self._reports
        while reports:
            report, *arguments = reports.popleft()
            report(*arguments)

    def _drain_safely(self) -> None:
        try:
            self._drain()
        except Exception as error:
            self._break(error)

    # ---- the workers -----------------------------------------------------------------------------

    def _after(self) -> None:
        """With the lock released: reports that came meanwhile, and sleepers there is work for."""
        is_quiet = False
        while self._reports and self._lock.acquire(blocking=False):
            try:
                self._drain_safely()
                # Nothing runs: somebody must look whether the run is done, stuck or held back.
                is_quiet = not self.scheduler.in_flight
            finally:
                self._lock.release()
        for pool in self.scheduler.pools:
            if pool.idle and (pool.ready or is_quiet):
                is_quiet = False
                _ring(pool.idle)
        if self._waiting:
            self._ring_waiting()

    def _ring_waiting(self) -> None:
        """Let application threads go whose condition holds now."""
        for waiter in tuple(self._waiting):
            if self._may_go(waiter):
                _release(waiter.bell)

    def _work(self, me: _Worker) -> None:
        pool, lock, scheduler = me.pool, self._lock, self.scheduler
        finish_and_take, take = scheduler.finish_and_take, scheduler.take
        idle, reports, perform = pool.idle, self._reports, self._perform
        invocation: Invocation | None = None
        while True:
            if not lock.acquire(blocking=False):
                if invocation is not None:
                    reports.append((scheduler.finish, invocation))
                    invocation = None
                idle.append(me)
                if not lock.acquire(blocking=False):
                    me.bell.acquire()
                    if self._over.is_set():
                        return
                    continue
                try:
                    idle.remove(me)
                except ValueError:
                    me.bell.acquire()  # somebody rang already
            try:
                if self._crash is not None:
                    return
                if reports:
                    self._drain()
                if invocation is not None:
                    invocation = finish_and_take(invocation, pool)
                else:
                    invocation = take(pool)
                if invocation is None:
                    if scheduler.is_done and not reports:
                        self._end()
                        return
                    idle.append(me)
            except Exception as error:
                self._break(error)
                return
            finally:
                lock.release()
            if reports or self._waiting or self._has_many_pools or (idle and pool.ready):
                self._after()
            if invocation is None:
                me.bell.acquire()
                if self._over.is_set():
                    return
                continue
            cause = perform(invocation)
            if cause is not None:
                reports.append((scheduler.fail, invocation, cause))
                invocation = None

    def _break(self, cause: BaseException) -> None:
        """The machine itself failed: end everything, so that nobody waits for ever."""
        story = [f"{what} {who} {time_of.text(time)}" for what, who, time in self.scheduler.story]
        self._crash = InternalError(f"the scheduler failed: {cause!r}", story)
        self._crash.__cause__ = cause
        self._end()

    def _end(self) -> None:
        self._over.set()
        for worker in self._workers:
            _release(worker.bell)
        self._ring_waiting()


def _nothing() -> None:
    """A report that only makes a worker look at the machine."""


def _ring(idle: list[_Worker]) -> None:
    try:
        worker = idle.pop()
    except IndexError:
        return
    _release(worker.bell)


def _release(bell: threading.Lock) -> None:
    with suppress(RuntimeError):  # rung already
        bell.release()
