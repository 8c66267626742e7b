from __future__ import annotations

import pytest

from calculators.ranges import Range, check_ranges
from graphflow.words.errors import ContractError


def test_a_range_has_a_length() -> None:
    assert len(Range(begin=2, end=5)) == 3


@pytest.mark.parametrize(("begin", "end"), [(1, 1), (3, 2), (-1, 1), (0, 0)])
def test_a_range_starts_at_0_or_later_and_rises(begin: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"expected begin < end|greater than or equal"):
        Range(begin=begin, end=end)


def test_each_output_has_one_range() -> None:
    check_ranges([Range(begin=0, end=1)], 1)
    with pytest.raises(ContractError, match="found 1 ranges for 2 outputs; expected one range per"):
        check_ranges([Range(begin=0, end=1)], 2)
