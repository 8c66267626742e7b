"""Say the notices of a run on stderr when they come, and keep them for its summary."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

KEPT_MAX: Final = 100


class TerminalNotices:
    """Takes notices from any thread; the thread of the terminal passes them on.

    Attributes:
        kept: the newest, in order, KEPT_MAX at most.
    """

    def __init__(self) -> None:
        self.kept: deque[str] = deque(maxlen=KEPT_MAX)
        self._new: deque[str] = deque()

    def say(self, text: str) -> None:
        """Take a notice."""
        self.kept.append(text)
        self._new.append(text)

    def pass_on(self, say: Callable[[str], None]) -> None:
        """Say those that came since the last time."""
        while self._new:
            say(self._new.popleft())
