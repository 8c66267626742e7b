"""Handover: packets go from a run to the program's own threads, which wait for them.

A `Mailbox` is a queue with a limit. A node of its own puts things in and, while the mailbox is
full, waits inside its call. It has a worker to itself, so nothing else waits with it; the node's
queue fills up, and the engine holds sources and graph inputs back as for any slow node.

Who waits here can wait for himself: a thread that should read, but feeds a graph that is held back
because nobody reads. So a full mailbox looks around. When nothing but full mailboxes is in flight,
a thread of the program waits inside the graph, and everybody who ever read this mailbox is among
those who wait, then nobody can end it, and the call fails with words instead. A mailbox that
nobody has read yet gets `PATIENCE_SECONDS`, for its reader may still come.

All others who wait are woken by what they wait for: an item, room, or the driver, which tells when
the run became idle, failed or ended.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Generic, TypeVar

from graphflow.driver import Driver, ThreadDriver
from graphflow.plan import NO_LIMIT
from graphflow.words.errors import GraphflowError, UsageError

LOOK_SECONDS: Final = 0.1
STILL_LOOKS: Final = 5
"""Looks at which everything must have stood still before it is called a deadlock."""
PATIENCE_SECONDS: Final = 10.0

T = TypeVar("T")


class Wait:
    """One call in which a thread of the program may wait for the graph."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()


class Handover:
    """What the mailboxes of one graph share: their lock, its run, and who waits for it.

    Attributes:
        changed: guards every mailbox, and tells of every change.
        held: how many nodes wait now because their mailbox is full.
        is_told: the program was told how the run ended.
        listeners: called at every change, under the lock.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.held = 0
        self.is_told = False
        self.listeners: list[Callable[[], None]] = []
        self._driver: Driver | None = None
        self._waits: list[Wait] = []

    def begin(self, driver: Driver | None) -> None:
        """A run begins, or, with None, is forgotten."""
        with self.changed:
            self._driver = driver
            self.is_told = False
            self.changed.notify_all()
        if isinstance(driver, ThreadDriver):
            driver.when_news(self.wake)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener`, from a thread of the run, whenever there is something to look at."""
        if listener not in self.listeners:
            self.listeners.append(listener)

    def wake(self) -> None:
        """Let everybody who waits look at the run now."""
        with self.changed:
            self.changed.notify_all()
            for listener in self.listeners:
                listener()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The thread that calls may wait for the graph from now on, and reads nothing meanwhile."""
        wait = Wait()
        with self.changed:
            self._waits.append(wait)
        try:
            yield
        finally:
            with self.changed:
                self._waits.remove(wait)

    @property
    def driver(self) -> Driver:
        """The run's driver.

        Raises:
            UsageError: the graph was not started.
        """
        if self._driver is None:
            raise UsageError("the graph was not started")
        return self._driver

    @property
    def has_threads(self) -> bool:
        """Whether the graph runs on threads of its own, so that one can wait for it."""
        return isinstance(self._driver, ThreadDriver)

    def work_until(self, condition: Callable[[], bool], timeout: float | None) -> None:
        """Where a waiting thread is to do the graph's work: do it until a condition holds."""
        driver = self._driver
        if not (isinstance(driver, ThreadDriver) and driver.has_waiting_workers):
            return
        self.changed.release()  # other nodes may want to hand something over meanwhile
        try:
            driver.wait_for(condition, timeout_seconds=timeout)
        finally:
            self.changed.acquire()

    @property
    def is_over(self) -> bool:
        """Whether the run has failed or ended, or there is none."""
        driver = self._driver
        if driver is None or driver.is_broken:
            return True
        return driver.scheduler.has_failed or driver.scheduler.is_done

    @property
    def is_idle(self) -> bool:
        """Whether the run seems to be idle: judged without its lock."""
        return self._driver is None or self._driver.scheduler.is_idle

    def failure(self) -> GraphflowError | None:
        """Return what a run failed with, after waiting for its end; None if it did not fail.

        Whoever asks tells the program.
        """
        driver = self.driver
        try:
            if driver.scheduler.has_failed or driver.is_broken:
                driver.wait_until_done()
            driver.raise_outcome()
        except GraphflowError as error:
            self.is_told = True
            return error
        return None

    def deadlock(self, readers: set[int]) -> tuple[Wait, ...]:
        """Return the waits that none of `readers` can end, as it seems now; none if some can."""
        scheduler = self.driver.scheduler
        waits = tuple(self._waits)
        stands_still = (
            not scheduler.is_paused
            and scheduler.in_flight == self.held
            and not any(pool.ready for pool in scheduler.pools)
        )
        return waits if stands_still and readers <= {each.thread for each in waits} else ()


class Mailbox(Generic[T]):
    """A queue from one node of a graph to whoever reads.

    Args:
        handover: of the graph.
        label: what messages call it.
        limit: items at which it is full; NO_LIMIT for none.
    """

    def __init__(self, handover: Handover, label: str, limit: int) -> None:
        if limit < 0:
            raise UsageError(
                f"{label}: found max_queue_size {limit}; expected 0 (no limit) or more"
            )
        self.limit = limit
        self._handover = handover
        self._label = label
        self._items: deque[T] = deque()
        self._is_closed = False
        self._readers: set[int] = set()

    @property
    def queue_size(self) -> int:
        """How many items wait here."""
        return len(self._items)

    # ---- the run's side -------------------------------------------------------------------------

    def begin(self) -> None:
        """A run begins: forget what the one before left."""
        with self._handover.changed:
            self._items.clear()
            self._readers.clear()
            self._is_closed = False

    def put(self, item: T) -> None:
        """Add an item; wait while there is no room. It is dropped if the run fails meanwhile.

        Raises:
            UsageError: there is no room, and nobody who could make some.
        """
        with self._handover.changed:
            if self.is_full():
                self._wait_for_room()
            if not self.is_full():
                self._items.append(item)
            self._tell()

    def close(self) -> None:
        """The node was closed: nothing more will come."""
        with self._handover.changed:
            self._is_closed = True
            self._tell()

    def _tell(self) -> None:
        self._handover.wake()

    def is_full(self) -> bool:
        """Whether whoever puts an item in must wait."""
        return self.limit != NO_LIMIT and len(self._items) >= self.limit

    def _wait_for_room(self) -> None:
        handover = self._handover
        if not handover.has_threads:
            raise UsageError(
                f"{self._label} is full ({self.limit}), and the graph runs in the thread that "
                "feeds it, so nobody can read; read between two packets, start with threads, or "
                "set max_queue_size=0"
            )
        handover.held += 1
        try:
            before: tuple[Wait, ...] = ()
            looks = 0
            while self.is_full() and not handover.is_over:
                now = handover.deadlock(self._readers)
                looks = looks + 1 if now and now == before else 0
                before = now
                if looks * LOOK_SECONDS >= self._patience_seconds:
                    raise UsageError(self._deadlock_text())
                handover.changed.wait(LOOK_SECONDS)
        finally:
            handover.held -= 1

    @property
    def _patience_seconds(self) -> float:
        return STILL_LOOKS * LOOK_SECONDS if self._readers else PATIENCE_SECONDS

    def _deadlock_text(self) -> str:
        who = "its reader waits" if self._readers else "nobody reads it, while the program waits"
        return (
            f"{self._label} is full ({self.limit}), and {who} for the graph that it holds back; "
            "read it to the end, read it in a thread of its own, set max_queue_size=0, or cancel "
            "the run"
        )

    # ---- the program's side ---------------------------------------------------------------------

    def take_now(self) -> T | None:
        """Return the oldest item, or None if there is none now."""
        with self._handover.changed:
            self._readers.add(threading.get_ident())
            if not self._items:
                return None
            self._handover.changed.notify_all()
            return self._items.popleft()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come; what is here can still be taken."""
        return self._is_closed or self._handover.is_over

    def next(self, timeout: float | None = None) -> T | None:
        """Return the oldest item; wait for one. None when nothing more will come.

        Args:
            timeout: seconds to wait; None for as long as it takes.

        Raises:
            TimeoutError: none came in time.
            UsageError: the graph was not started; or it runs in the calling thread, and nothing
                can come while that waits.
            GraphflowError: the run has failed, and nothing is left.
        """
        _ = self._handover.driver
        self._wait(lambda: bool(self._items), timeout)
        return self.take_now() or self.take_last()

    def __iter__(self) -> Iterator[T]:
        while (item := self.next()) is not None:
            yield item

    def take_last(self) -> T | None:
        """Return what is left when nothing more will come, or None.

        Raises:
            GraphflowError: the run has failed, and nothing is left.
        """
        failure = self._handover.failure()  # at the end of the run: until then the node may add one
        item = self.take_now()
        if item is None and failure is not None:
            raise failure
        return item

    def _wait(self, is_there: Callable[[], bool], timeout: float | None) -> None:
        """Wait until something is there or nothing more will come."""
        handover = self._handover
        end = None if timeout is None else monotonic() + timeout
        with handover.waiting(), handover.changed:
            self._readers.add(threading.get_ident())
            handover.work_until(lambda: is_there() or self.is_over, timeout)
            while not (is_there() or self.is_over):
                if not handover.has_threads:
                    raise UsageError(
                        f"{self._label} is empty, and the graph runs in the thread that feeds it, "
                        "so nothing comes while that waits; feed the graph, or close its inputs"
                    )
                rest = None if end is None else end - monotonic()
                if rest is not None and rest <= 0:
                    raise TimeoutError(f"{self._label}: nothing came in {timeout:g} s")
                handover.changed.wait(rest)
