"""Who sleeps until a bell rings: threads of the driver's own, and the application's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from graphflow.driver.workers import OwnThreads
from graphflow.runtime.elements import Pool


class ThreadWorker:
    """A thread of a pool, and the bell that wakes it.

    Attributes:
        is_nice: it gives way to the threads of executors that are not.
        needs_lock: it performs calls that need the interpreter's lock, as far as that is noted.
    """

    __slots__ = ("_bell", "_thread", "is_nice", "needs_lock", "pool", "settings")

    def __init__(self, pool: Pool, settings: OwnThreads) -> None:
        self.pool = pool
        self.settings = settings
        self.is_nice = settings.nice_level > 0
        self.needs_lock = False
        self._thread: threading.Thread | None = None
        self._bell = silent_bell()

    def start(self, target: Callable[[ThreadWorker], None], number: int) -> None:
        """Make the thread, and start it."""
        settings = self.settings
        name = f"{settings.name_prefix or 'graphflow'}-{number}"
        thread = threading.Thread(target=target, args=(self,), name=name, daemon=True)
        if not settings.stack_size:
            thread.start()
        else:
            before = threading.stack_size(settings.stack_size)
            try:
                thread.start()
            finally:
                threading.stack_size(before)
        self._thread = thread

    def join(self) -> None:
        """Wait for the thread's end; one that was not started yet will see the end by itself."""
        if self._thread is not None:
            self._thread.join()

    def ring(self) -> None:
        """Wake the thread, now or when it next wants to sleep."""
        with suppress(RuntimeError):  # rung already
            self._bell.release()

    def sleep(self) -> None:
        """Wait for a ring."""
        self._bell.acquire()


class Waiter:
    """An application thread that sleeps until a condition holds or the run is over.

    Attributes:
        is_free: it was let go.
        waits_for_end: a failure alone does not let it go.
    """

    __slots__ = ("_bell", "condition", "is_free", "waits_for_end")

    def __init__(self, condition: Callable[[], bool], *, waits_for_end: bool = False) -> None:
        self.condition = condition
        self.waits_for_end = waits_for_end
        self.is_free = False
        self._bell = silent_bell()

    def let_go(self) -> None:
        """Let the thread go on."""
        self.is_free = True
        self.ring()

    def ring(self) -> None:
        """Let the thread look around."""
        with suppress(RuntimeError):  # rung already
            self._bell.release()

    def sleep(self, timeout_seconds: float = -1) -> bool:
        """Wait for a ring; False if none came in time."""
        return self._bell.acquire(timeout=timeout_seconds)


class WaitingWorker:
    """A worker whose turns are done by application threads, while they wait for the graph.

    To ring it is to offer its turn to all who wait; who begins to wait looks at the offers first.
    """

    __slots__ = ("_offers", "_waiting", "pool")

    def __init__(self, pool: Pool, offers: deque[WaitingWorker], waiting: list[Waiter]) -> None:
        self.pool = pool
        self._offers = offers
        self._waiting = waiting

    def ring(self) -> None:
        """Offer a turn of work."""
        self._offers.append(self)
        for waiter in tuple(self._waiting):
            waiter.ring()


def silent_bell() -> threading.Lock:
    """Make a bell: who acquires it sleeps until another thread releases it."""
    bell = threading.Lock()
    bell.acquire()
    return bell
