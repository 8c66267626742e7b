"""Options from side packets and streams."""

from __future__ import annotations

from calculators.side_options import with_changes
from graphflow import Options


class Some(Options):
    """Some options."""

    one: int = 1
    two: int = 2


def test_only_what_was_given_replaces_an_option() -> None:
    assert with_changes(Some(one=5, two=6), Some(two=2)) == Some(one=5, two=2)


def test_nothing_changes_nothing() -> None:
    options = Some(one=5)
    assert with_changes(options, None) is options
