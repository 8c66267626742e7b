"""A stopwatch for wall and processor time."""

from __future__ import annotations

from time import perf_counter, process_time

from benchmarks.turns import CPU, WALL


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = perf_counter(), process_time()

    def seconds(self) -> dict[str, float]:
        """Return the seconds so far: wall time, and processor time of all threads."""
        return {WALL: perf_counter() - self._wall, CPU: process_time() - self._cpu}
