"""Distribution: the quantiles of many durations, in little memory.

Theory. Values are counted in buckets whose width grows with the value, as an HDR histogram does:
below 2 * `_STEPS` a bucket holds one value; above, each power of two is cut into `_STEPS` buckets,
so that a bucket is narrower than 1/`_STEPS` of what it holds. The first values are kept as they
are too, so that small numbers of them have exact quantiles.

Invariants:

* `count == len(first values)` as long as they are kept, and the sum of all buckets always.
* there are no more than `64 * _STEPS` buckets, however many values came.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

EXACT_MAX: Final = 4096
"""Up to so many values quantiles are exact."""

_STEPS: Final = 128
_STEP_BITS: Final = _STEPS.bit_length() - 1


class Distribution:
    """Counts non-negative integers, and tells their quantiles.

    Of up to 4096 values the quantiles are exact; of more they are at most 1/128 too large.

    Attributes:
        count: how many values were added.
        maximum: the largest one, exactly; 0 before the first.
    """

    def __init__(self) -> None:
        self.count = 0
        self.maximum = 0
        self._first: list[int] = []
        self._counts: Counter[int] = Counter()

    def add(self, value: int) -> None:
        """Count a value; one below 0 counts as 0."""
        value = max(0, value)
        self.count += 1
        self.maximum = max(self.maximum, value)
        if self.count <= EXACT_MAX:
            self._first.append(value)
        elif self._first:
            self._first = []
        self._counts[_bucket(value)] += 1

    def quantile(self, share: float) -> int | None:
        """Return the smallest value that at least `share` of all values do not exceed.

        Args:
            share: above 0.0, up to 1.0; 0.5 for the median.

        Returns:
            The value (nearest rank, never one in between); None where there are no values.
        """
        # By a million, since shares such as 0.95 have no exact float.
        rank = -(-self.count * round(share * 1_000_000) // 1_000_000)
        if not self.count:
            return None
        if self._first:
            return sorted(self._first)[max(rank, 1) - 1]
        seen = 0
        for bucket, count in sorted(self._counts.items()):
            seen += count
            if seen >= rank:
                return min(_largest(bucket), self.maximum)
        return self.maximum


def _bucket(value: int) -> int:
    shift = max(0, value.bit_length() - 1 - _STEP_BITS)
    return (shift << _STEP_BITS) + (value >> shift)


def _largest(bucket: int) -> int:
    """Return the largest value that falls into a bucket."""
    shift = max(0, (bucket >> _STEP_BITS) - 1)
    return ((bucket - (shift << _STEP_BITS) + 1) << shift) - 1
