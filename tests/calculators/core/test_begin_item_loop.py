"""BeginItemLoopCalculator, alone; test_end_item_loop has a whole loop."""

from __future__ import annotations

import pytest

from calculators.core.begin_item_loop import BeginItemLoopCalculator
from graphflow import GraphflowError, Packet
from graphflow.testing import CalculatorRunner, OutputRecord


def seen(output: OutputRecord) -> list[tuple[int, object]]:
    return list(zip(output.timestamps, output.values, strict=True))


def loop(*inputs: str, outputs: tuple[str, ...] = ("ITEM", "BATCH_END")) -> CalculatorRunner:
    return CalculatorRunner(BeginItemLoopCalculator, inputs=inputs, outputs=outputs)


def test_items_come_by_index_with_the_end_beside_the_last() -> None:
    with loop("ITEM", "ITEM:1") as runner:
        runner.add("ITEM:1", "b", 42)
        runner.add("ITEM", "a", 42)
        assert seen(runner.outputs["ITEM"]) == [(0, "a"), (1, "b")]
        assert seen(runner.outputs["BATCH_END"]) == [(1, 42)]


def test_a_time_without_items_gives_the_end_alone() -> None:
    with loop("ITEM", "ITEM:1") as runner:
        runner.advance("ITEM", 43)
        runner.advance("ITEM:1", 43)
        assert seen(runner.outputs["BATCH_END"]) == [(0, 42)]
        assert runner.outputs["ITEM"].bound == 1


def test_a_clone_comes_with_every_item() -> None:
    outputs = ("ITEM", "CLONE", "BATCH_END")
    with loop("ITEM", "ITEM:1", "CLONE", outputs=outputs) as runner:
        runner.add("CLONE", 7, 42)
        runner.add("ITEM", "a", 42)
        runner.add("ITEM:1", "b", 42)
        assert seen(runner.outputs["CLONE"]) == [(0, 7), (1, 7)]


def test_some_items_without_the_others_are_refused() -> None:
    with pytest.raises(GraphflowError, match="found 1 ITEM packets of 2; expected all or none"):
        loop("ITEM", "ITEM:1").run({"ITEM:1": [Packet("b", 42)]})
