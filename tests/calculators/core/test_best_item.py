"""BestItemCalculator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from calculators.core.best_item import BestItemCalculator
from graphflow import Packet
from graphflow.testing import CalculatorRunner, OutputRecord
from graphflow.words.errors import CalculatorError, ContractError


def choose(scores: Any, *collections: Any, **options: Any) -> Mapping[str, OutputRecord]:
    inputs = {"SCORES": [Packet(scores, 3)]}
    inputs |= {f"ITERABLE:{index}": [Packet(each, 3)] for index, each in enumerate(collections)}
    wanted = [f"ITEM:{index}" for index in range(len(collections))] + ["SCORE", "INDEX"]
    runner = CalculatorRunner(
        BestItemCalculator, options=options, inputs=list(inputs), outputs=wanted
    )
    outputs = runner.run(inputs)
    return {port: outputs[port] for port in wanted}


def test_the_element_with_the_highest_score_is_taken_from_each_collection() -> None:
    found = choose((0.2, 0.9, 0.5), "abc", (10, 20, 30))
    assert {port: each.values for port, each in found.items()} == {
        "ITEM:0": ["b"],
        "ITEM:1": [20],
        "SCORE": [0.9],
        "INDEX": [1],
    }
    assert found["ITEM:0"].timestamps == [3]


def test_of_equal_scores_the_first_counts() -> None:
    assert choose((0.4, 0.4), "ab")["ITEM:0"].values == ["a"]


@pytest.mark.parametrize(("min_score", "taken"), [(0.5, ["b"]), (0.51, [])])
def test_a_score_below_the_lowest_gives_nothing(min_score: float, taken: list[str]) -> None:
    found = choose((0.1, 0.5), "ab", min_score=min_score)
    assert (found["ITEM:0"].values, len(found["SCORE"].values)) == (taken, len(taken))


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose((), ())["ITEM:0"].values == []


def test_collections_of_another_length_are_refused() -> None:
    with pytest.raises(CalculatorError, match=r"found 1 elements in ITERABLE:0 and 2 scores"):
        choose((0.1, 0.2), "a")


def test_a_gap_settles_its_time() -> None:
    with CalculatorRunner(
        BestItemCalculator, inputs=["SCORES", "ITERABLE:0"], outputs=["ITEM:0"]
    ) as runner:
        runner.advance("SCORES", 9)
        runner.advance("ITERABLE:0", 9)
        assert runner.outputs["ITEM:0"].values == []
        assert runner.outputs["ITEM:0"].bound == 9


def test_an_item_without_its_collection_is_refused() -> None:
    with pytest.raises(ContractError, match="expected input ITERABLE:1"):
        CalculatorRunner(
            BestItemCalculator, inputs=["SCORES", "ITERABLE:0"], outputs=["ITEM:1"]
        ).run({})
