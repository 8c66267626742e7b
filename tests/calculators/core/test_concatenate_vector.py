"""ConcatenateVectorCalculator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calculators.core.concatenate_vector import ConcatenateVectorCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner


def joined(*vectors: Any, **options: Any) -> list[Any]:
    ports = [f":{index}" for index in range(len(vectors))]
    feed = [[] if each is None else [Packet(each, 0)] for each in vectors]
    runner = CalculatorRunner(ConcatenateVectorCalculator, options=options, inputs=ports)
    return runner.run(dict(zip(ports, feed, strict=True)))[""].values


def test_lists_and_tuples_become_one_tuple() -> None:
    assert joined([1, 2], (), (3,)) == [(1, 2, 3)]


def test_single_elements_stand_among_them() -> None:
    assert joined([1], "ab", (2,)) == [(1, "ab", 2)]


def test_arrays_are_joined_along_their_first_axis() -> None:
    (result,) = joined(np.zeros((2, 3), np.float32), np.ones((1, 3), np.float32))
    assert result.tolist() == [[0, 0, 0], [0, 0, 0], [1, 1, 1]]
    assert result.dtype == np.float32


def test_arrays_of_other_widths_are_refused() -> None:
    with pytest.raises(GraphflowError, match="dimension"):
        joined(np.zeros((2, 3)), np.zeros((2, 4)))


def test_an_empty_input_adds_nothing() -> None:
    assert joined([1], None, [2]) == [(1, 2)]


def test_an_empty_input_empties_the_output_where_that_is_wanted() -> None:
    assert joined([1], None, [2], only_emit_if_all_present=True) == []
    assert joined([1], [], [2], only_emit_if_all_present=True) == [(1, 2)]
