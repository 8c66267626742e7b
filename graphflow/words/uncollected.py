"""Pause Python's search for cycles while much comes into being that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unsearched() -> Iterator[None]:
    """Pause the search for cycles, if it is on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the search for cycles, if it is on, while much is made that stays.

    Modules, plans and configs are made by the ten thousand, and stay. Searching them again and
    again while more of them are made takes a fourth of that time, and finds next to nothing. At the
    end all that is there counts as old: else it would be searched at once, three times over. What
    the program has frozen (`gc.freeze`) stays frozen.
    """
    if not gc.isenabled():
        yield
        return
    with unsearched():
        try:
            yield
        finally:
            if not gc.get_freeze_count():
                # Together they move everything to the oldest generation.
                gc.freeze()
                gc.unfreeze()
