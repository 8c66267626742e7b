"""Calls in flight are looked at in the frames of other threads, without harm to these."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from graphflow.driver import calls
from graphflow.driver.calls import running_calls


@pytest.fixture
def collections_in_walks() -> Iterator[list[str]]:
    """Names of the functions that walk along frames, for each search for cycles in one of them."""
    found: list[str] = []

    def note(phase: str, details: object) -> None:
        caller = sys._getframe(1).f_code
        if phase == "start" and caller.co_filename == calls.__file__:
            found.append(caller.co_name)

    before = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(1)
    yield found
    gc.set_threshold(*before)
    gc.callbacks.remove(note)


def test_no_search_for_cycles_begins_while_frames_are_looked_at(
    collections_in_walks: list[str],
) -> None:
    running_calls([])
    assert "_outwards" not in collections_in_walks


@pytest.mark.parametrize("is_on", [True, False])
def test_the_search_for_cycles_is_left_as_it_was(is_on: bool) -> None:
    was_on = gc.isenabled()
    try:
        (gc.enable if is_on else gc.disable)()
        running_calls([])
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()
