"""GetVectorItemCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.get_vector_item import GetVectorItemCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner, OutputRecord


def items(vector: Any, index: int | None = None, **options: Any) -> OutputRecord:
    inputs = {"VECTOR": [Packet(vector, 0)]}
    if index is not None:
        inputs["INDEX"] = [Packet(index, 0)]
    return CalculatorRunner(GetVectorItemCalculator, options=options).run(inputs)["ITEM"]


def test_the_option_says_which() -> None:
    assert items("abc", item_index=2).values == ["c"]


def test_the_input_goes_before_the_option() -> None:
    assert items("abc", 1, item_index=2).values == ["b"]


def test_the_option_stands_in_for_an_empty_index() -> None:
    with CalculatorRunner(
        GetVectorItemCalculator, options={"item_index": 2}, inputs=["VECTOR", "INDEX"]
    ) as runner:
        runner.add("VECTOR", "abc", 0)
        runner.advance("INDEX", 1)
        assert runner.outputs["ITEM"].values == ["c"]


def test_without_any_index_the_time_is_settled_and_empty() -> None:
    with CalculatorRunner(GetVectorItemCalculator, inputs=["VECTOR", "INDEX"]) as runner:
        runner.add("VECTOR", "abc", 0)
        runner.advance("INDEX", 1)
        assert runner.outputs["ITEM"].values == []
        assert runner.outputs["ITEM"].bound == 1


def test_an_index_beyond_the_last_element_is_refused() -> None:
    with pytest.raises(GraphflowError, match="found index 3; expected one from 0 to 2"):
        items("abc", 3)


def test_an_index_beyond_the_last_element_gives_nothing_where_that_is_wanted() -> None:
    assert items("abc", 3, output_empty_on_oob=True).values == []


def test_a_negative_index_is_refused_in_any_case() -> None:
    with pytest.raises(GraphflowError, match="found index -1"):
        items("abc", -1, output_empty_on_oob=True)


def test_a_node_that_nobody_tells_which_is_refused() -> None:
    with pytest.raises(GraphflowError, match="expected INDEX or item_index"):
        items("abc")
