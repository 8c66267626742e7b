"""BackOff: when to try again to reach something that was lost."""

from __future__ import annotations


class BackOff:
    """Delays that double from attempt to attempt, up to a limit.

    A stream that comes back only to be lost at once does not begin anew with the first delay: what
    it must last for that is as long as the delay before it.

    Args:
        attempts: how many in a row, before that is given up; 0 for none.
        first_seconds: delay before the first attempt.
        longest_seconds: delays don't grow beyond this.

    Attributes:
        made: attempts in a row so far.
    """

    def __init__(self, attempts: int, first_seconds: float, longest_seconds: float) -> None:
        self.made = 0
        self._attempts = attempts
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._delay_seconds = 0.0

    @property
    def is_exhausted(self) -> bool:
        """Whether there is no further attempt."""
        return self.made >= self._attempts

    def next_seconds(self) -> float:
        """Count an attempt; return how long to wait before it."""
        self.made += 1
        doubled = max(self._first_seconds, 2 * self._delay_seconds)
        self._delay_seconds = min(doubled, self._longest_seconds)
        return self._delay_seconds

    def note_success(self, lasted_seconds: float) -> None:
        """The attempt gave frames for so long."""
        self.made = 0
        if lasted_seconds >= self._delay_seconds:
            self._delay_seconds = 0.0
