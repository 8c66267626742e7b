"""SplitVectorCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from calculators.core.split_vector import SplitVectorCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner

Bounds = list[tuple[int, int]]


def split(vector: Any, ranges: Bounds, output_count: int | None = None, **options: Any) -> Any:
    count = len(ranges) if output_count is None else output_count
    runner = CalculatorRunner(
        SplitVectorCalculator,
        options={"ranges": [{"begin": a, "end": b} for a, b in ranges], **options},
        outputs=[f":{index}" for index in range(count)],
    )
    outputs = runner.run({"": [Packet(vector, 0)]})
    return [outputs[f":{index}"].values[0] for index in range(count)]


def test_each_output_has_its_range() -> None:
    assert split([0, 1, 2, 3], [(0, 1), (1, 4), (0, 2)]) == [[0], [1, 2, 3], [0, 1]]


def test_a_range_of_an_array_is_rows() -> None:
    first, second = split(np.arange(6).reshape(3, 2), [(0, 2), (2, 3)])
    assert first.tolist() == [[0, 1], [2, 3]]
    assert second.tolist() == [[4, 5]]


def test_single_elements_come_bare_where_that_is_wanted() -> None:
    assert split("abc", [(2, 3), (0, 1)], element_only=True) == ["c", "a"]


def test_ranges_are_combined_where_that_is_wanted() -> None:
    assert split([0, 1, 2, 3], [(3, 4), (0, 2)], 1, combine_outputs=True) == [(3, 0, 1)]
    (rows,) = split(np.eye(3), [(0, 1), (2, 3)], 1, combine_outputs=True)
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_a_collection_that_is_too_short_is_refused() -> None:
    with pytest.raises(GraphflowError, match="found 3 elements; expected at least 4"):
        split("abc", [(0, 1), (1, 4)])


@pytest.mark.parametrize(
    ("ranges", "output_count", "options", "words"),
    [
        ([(0, 1)], 2, {}, "found 1 ranges for 2 outputs"),
        ([(0, 1), (1, 2)], 2, {"combine_outputs": True}, "found 2 outputs; expected 1"),
        ([], 1, {}, "found no ranges"),
    ],
)
def test_outputs_must_fit_the_ranges(
    ranges: Bounds, output_count: int, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(GraphflowError, match=words):
        split("abc", ranges, output_count, **options)


@pytest.mark.parametrize(
    ("ranges", "options", "words"),
    [
        ([(0, 2)], {"element_only": True}, "range of several elements"),
        ([(0, 2), (1, 3)], {"combine_outputs": True}, "ranges that overlap"),
        ([(0, 1)], {"combine_outputs": True, "element_only": True}, "at most one of them"),
        ([(1, 1)], {}, "expected begin < end"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    ranges: Bounds, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        split("abc", ranges, 1, **options)
