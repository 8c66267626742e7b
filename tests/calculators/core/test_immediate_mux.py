"""ImmediateMuxCalculator."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.core.immediate_mux import ImmediateMuxCalculator
from graphflow import Graph, GraphflowError, Packet
from graphflow.graph import INLINE
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE


def immediate(**options: Any) -> CalculatorRunner:
    return CalculatorRunner(
        ImmediateMuxCalculator,
        options=options,
        inputs=["", ":1"],
        outputs=["", ":1"],
        policy=ImmediatePolicy(),
    )


def test_a_packet_that_comes_too_late_is_dropped() -> None:
    # behaviour 231
    with immediate() as runner:
        runner.add("", "a", 10_000)
        runner.add("", "b", 30_000)
        runner.add(":1", "late", 20_000)
        runner.add(":1", "c", 40_000)
        assert runner.outputs[""].timestamps == [10_000, 30_000, 40_000]
        assert runner.outputs[""].values == ["a", "b", "c"]


def test_of_equal_times_the_one_that_came_first_passes() -> None:
    # behaviour 231
    with immediate() as runner:
        runner.add(":1", "first", 40_000)
        runner.add("", "second", 40_000)
        runner.add("", "third", 40_001)
        assert runner.outputs[""].values == ["first", "third"]


def test_every_packet_that_came_is_reported_late_ones_too() -> None:
    with immediate() as runner:
        runner.add("", "a", 30_000)
        runner.add(":1", "late", 20_000)
        assert runner.outputs[":1"].timestamps == [30_000, 30_001]
        assert runner.outputs[":1"].values == [True, True]


def test_only_what_all_inputs_settled_is_settled() -> None:
    with immediate() as runner:
        runner.advance("", 50)
        assert runner.outputs[""].bound < 0
        runner.advance(":1", 20)
        assert runner.outputs[""].bound == 20


def test_what_one_input_settled_is_settled_where_that_is_wanted() -> None:
    with immediate(process_timestamp_bounds=True) as runner:
        runner.advance("", 50)
        assert runner.outputs[""].bound == 50
        runner.add(":1", "late", 20)
        assert runner.outputs[""].values == []


def test_an_input_that_ends_does_not_silence_the_others() -> None:
    with immediate(process_timestamp_bounds=True) as runner:
        runner.close("")
        runner.add(":1", "a", 10)
        assert runner.outputs[""].values == ["a"]
        runner.close(":1")
        assert runner.outputs[""].bound == DONE


def test_the_default_policy_keeps_everything_in_the_order_of_time() -> None:
    runner = CalculatorRunner(ImmediateMuxCalculator, inputs=["", ":1"], outputs=[""])
    outputs = runner.run(
        {"": [Packet("a", 1), Packet("c", 3)], ":1": [Packet("b", 2), Packet("x", 3)]}
    )
    assert outputs[""].values == ["a", "b", "c"]


@pytest.mark.parametrize("outputs", [[], ["", ":1", ":2"]])
def test_one_or_two_outputs_are_expected(outputs: list[str]) -> None:
    runner = CalculatorRunner(ImmediateMuxCalculator, inputs=["", ":1"], outputs=outputs)
    with pytest.raises(GraphflowError, match=f"found {len(outputs)} outputs"):
        runner.run({})


def test_the_ledger_tells_of_what_came_too_late() -> None:
    graph = Graph.from_text(
        """
        input_stream: [a, b]
        node:
          - calculator: ImmediateMuxCalculator
            input_stream: [a, b]
            input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}
            output_stream: [mixed]
        """
    )
    graph.start(threads=INLINE)
    graph.add_packet("a", 1, 30)
    graph.add_packet("b", 2, 20)
    graph.close_inputs()
    graph.wait_until_done()
    (loss,) = graph.ledger().losses
    assert (loss.port, loss.count) == (":1", 1)
