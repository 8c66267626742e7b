"""BeginLoopCalculator, alone; test_end_loop has whole loops."""

from __future__ import annotations

import pytest

from calculators.core.begin_loop import BeginLoopCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner, OutputRecord


def seen(output: OutputRecord) -> list[tuple[int, object]]:
    return list(zip(output.timestamps, output.values, strict=True))


def test_elements_come_one_after_another_with_the_end_beside_the_last() -> None:
    outputs = CalculatorRunner(BeginLoopCalculator, outputs=["ITEM", "BATCH_END"]).run(
        {"ITERABLE": [Packet(["a", "b"], 42), Packet(("c",), 50)]}
    )
    assert seen(outputs["ITEM"]) == [(0, "a"), (1, "b"), (2, "c")]
    # Between the two collections the input was settled up to 49, without one.
    assert outputs["BATCH_END"].values[-1] == 50
    assert (1, 42) in seen(outputs["BATCH_END"])


def test_an_empty_collection_uses_up_one_inner_time() -> None:
    with CalculatorRunner(BeginLoopCalculator, outputs=["ITEM", "BATCH_END"]) as runner:
        runner.add("ITERABLE", [], 42)
        assert runner.outputs["ITEM"].values == []
        assert runner.outputs["ITEM"].bound == 1
        assert seen(runner.outputs["BATCH_END"]) == [(0, 42)]
        runner.add("ITERABLE", ["a"], 43)
        assert seen(runner.outputs["ITEM"]) == [(1, "a")]
        assert seen(runner.outputs["BATCH_END"]) == [(0, 42), (1, 43)]


def test_a_bound_says_that_a_time_has_no_collection() -> None:
    with CalculatorRunner(BeginLoopCalculator, outputs=["ITEM", "BATCH_END"]) as runner:
        runner.advance("ITERABLE", 11)
        assert runner.outputs["ITEM"].bound == 1
        assert seen(runner.outputs["BATCH_END"]) == [(0, 10)]


def test_a_clone_comes_with_every_element() -> None:
    with CalculatorRunner(
        BeginLoopCalculator,
        inputs=["ITERABLE", "CLONE", "CLONE:1"],
        outputs=["ITEM", "CLONE", "CLONE:1", "BATCH_END"],
    ) as runner:
        runner.add("CLONE", 7, 42)
        runner.advance("CLONE:1", 43)
        runner.add("ITERABLE", "ab", 42)
        assert seen(runner.outputs["CLONE"]) == [(0, 7), (1, 7)]
        assert runner.outputs["CLONE:1"].values == []
        assert runner.outputs["CLONE:1"].bound == 2


def test_a_clone_without_collection_goes_nowhere() -> None:
    with CalculatorRunner(
        BeginLoopCalculator,
        inputs=["ITERABLE", "CLONE"],
        outputs=["ITEM", "CLONE", "BATCH_END"],
    ) as runner:
        runner.add("CLONE", 7, 42)
        runner.advance("ITERABLE", 43)
        assert runner.outputs["CLONE"].values == []
        assert seen(runner.outputs["BATCH_END"]) == [(0, 42)]


def test_what_cannot_be_iterated_over_is_refused() -> None:
    with pytest.raises(GraphflowError, match="'int' object is not iterable"):
        CalculatorRunner(BeginLoopCalculator).run({"ITERABLE": [Packet(3, 0)]})
