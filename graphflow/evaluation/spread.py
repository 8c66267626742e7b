"""Samples to look at: of frames that follow each other closely, one is enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from graphflow.evaluation.scoring import SampleScore

LISTED_MAX: Final = 12
_APART_US: Final = 500_000


def spread_out(rows: Iterable[SampleScore]) -> list[SampleScore]:
    """Return the first rows, without frames less than half a second from one already chosen.

    Args:
        rows: the most interesting first.

    Returns:
        At most 12.
    """
    return list(islice(_apart(rows), LISTED_MAX))


def _apart(rows: Iterable[SampleScore]) -> Iterator[SampleScore]:
    chosen: dict[str, list[int]] = {}
    for row in rows:
        if row.clip is not None and row.timestamp_us is not None:
            times_us = chosen.setdefault(row.clip, [])
            if any(abs(row.timestamp_us - time_us) < _APART_US for time_us in times_us):
                continue
            times_us.append(row.timestamp_us)
        yield row
