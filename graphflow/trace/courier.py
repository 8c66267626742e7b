"""Courier: a thread that makes events of notes, and files of events, while the workers work.

Most of a worker's time is spent in libraries that let other threads run Python meanwhile, so most
of what a batch costs is hidden. It is carried in one go: after a pause, everything would have to
come into the processor's caches again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Courier:
    """Calls a function in a thread of its own: when it is rung, and now and then.

    Args:
        carry: what to call.
        every_seconds: how long to wait for a ring.

    Attributes:
        fault: what `carry` raised; it is not called again then.
    """

    def __init__(self, carry: Callable[[], None], every_seconds: float) -> None:
        self.fault: Exception | None = None
        self._carry = carry
        self._every_seconds = every_seconds
        self._bell = threading.Event()
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="graphflow-trace", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """Have the function called soon."""
        if not self._bell.is_set():
            self._bell.set()

    def end(self) -> None:
        """Return when the function is not called any more."""
        self._has_ended = True
        self._bell.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._has_ended:
            self._bell.wait(self._every_seconds)
            self._bell.clear()
            if self._has_ended:
                return
            try:
                self._carry()
            except Exception as error:
                self.fault = error
                return
