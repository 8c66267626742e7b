"""Rows by the value that they have in a column of the data set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphflow.evaluation.scoring import SampleScore

UNNAMED: Final = "(none)"
"""The group of samples that have no value in a column."""


def columns_of(rows: Iterable[SampleScore]) -> tuple[str, ...]:
    """Return the columns that samples have, in the order they come up."""
    return tuple(dict.fromkeys(column for row in rows for column in row.groups))


def group_of(row: SampleScore, column: str) -> str:
    """Return a row's value in a column."""
    return row.groups.get(column) or UNNAMED


def grouped(rows: Iterable[SampleScore], column: str) -> dict[str, list[SampleScore]]:
    """Return the rows of each value of a column."""
    groups: dict[str, list[SampleScore]] = {}
    for row in rows:
        groups.setdefault(group_of(row, column), []).append(row)
    return groups
