"""Pause Python's search for cycles while much comes into being that stays."""

from __future__ import annotations

import gc
from types import TracebackType


class Uncollected:
    """Pauses the search for cycles, if it is on; a context manager.

    Modules, plans and configs are made by the ten thousand, and stay. Searching them again and
    again while more of them are made takes a fourth of that time, and finds next to nothing. At the
    end all that is there counts as old: else it would be searched at once, three times over. What
    the program has frozen (`gc.freeze`) stays frozen.
    """

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._was_on:
            return
        if not gc.get_freeze_count():
            # Together they move everything to the oldest generation.
            gc.freeze()
            gc.unfreeze()
        gc.enable()
