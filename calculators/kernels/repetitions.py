"""Counting movements that go down and come back, from one angle over time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class RepetitionCount:
    """Counts how often an angle went down to a low mark and came back up to a high one.

    Two marks instead of one, so that an angle that trembles about a mark counts once: between
    them, nothing changes.

    Attributes:
        low_deg: at or below it the movement has reached its bottom.
        high_deg: at or above it the movement is over; greater than `low_deg`.
        min_duration_us: a movement that is over sooner after it reached its bottom does not count.
        count: movements until now.
    """

    low_deg: float
    high_deg: float
    min_duration_us: int = 0
    count: int = 0
    _bottom_us: int | None = None

    @property
    def is_down(self) -> bool:
        """Whether a movement reached its bottom and is not over."""
        return self._bottom_us is not None

    def update(self, angle_deg: float, time_us: int) -> int:
        """Take the next angle.

        Args:
            angle_deg: degrees; NaN changes nothing.
            time_us: its time in microseconds, rising from call to call.

        Returns:
            The movements until now.
        """
        if self._bottom_us is None:
            if angle_deg <= self.low_deg:
                self._bottom_us = time_us
        elif angle_deg >= self.high_deg:
            if time_us - self._bottom_us >= self.min_duration_us:
                self.count += 1
            self._bottom_us = None
        return self.count
