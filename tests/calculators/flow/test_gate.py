"""GateCalculator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from calculators.flow.gate import GateCalculator
from graphflow import Graph, GraphflowError, Packet
from graphflow.graph import INLINE
from graphflow.testing import CalculatorRunner
from graphflow.words.timestamp import DONE

DATA = [Packet(f"data{time}", time) for time in (42, 43, 44, 45)]


def signal(*values: bool) -> list[Packet]:
    return [Packet(value, 42 + index) for index, value in enumerate(values)]


def by_stream(tag: str, packets: Sequence[Packet], options: dict[str, Any] | None = None) -> Any:
    runner = CalculatorRunner(
        GateCalculator, options=options or {}, inputs=["", tag], outputs=["", "STATE_CHANGE"]
    )
    return runner.run({"": DATA, tag: packets})


def by_side_packet(side_packets: dict[str, bool], options: dict[str, Any] | None = None) -> Any:
    runner = CalculatorRunner(
        GateCalculator,
        options=options or {},
        inputs=[""],
        outputs=["", "STATE_CHANGE"],
        side_inputs=list(side_packets),
    )
    return runner.run({"": DATA}, side_packets=side_packets)


@pytest.mark.parametrize(("tag", "open_value"), [("ALLOW", True), ("DISALLOW", False)])
def test_data_pass_exactly_where_the_signal_allows(tag: str, open_value: bool) -> None:
    packets = signal(open_value, not open_value, open_value, not open_value)
    outputs = by_stream(tag, packets)
    assert outputs[""].timestamps == [42, 44]
    assert outputs[""].values == ["data42", "data44"]


@pytest.mark.parametrize(
    ("side_packets", "count"),
    [
        ({"ALLOW": True}, 4),
        ({"ALLOW": False}, 0),
        ({"DISALLOW": True}, 0),
        ({"DISALLOW": False}, 4),
    ],
)
def test_a_side_packet_decides_for_the_whole_run(side_packets: dict[str, bool], count: int) -> None:
    outputs = by_side_packet(side_packets)
    assert len(outputs[""].packets) == count
    assert outputs["STATE_CHANGE"].packets == []


@pytest.mark.parametrize(("options", "count"), [({}, 0), ({"allow": True}, 4)])
def test_without_a_signal_the_option_decides(options: dict[str, Any], count: int) -> None:
    outputs = by_side_packet({}, options)
    assert len(outputs[""].packets) == count


def test_the_side_packet_outranks_the_option() -> None:
    outputs = by_side_packet({"ALLOW": False}, {"allow": True})
    assert outputs[""].packets == []


@pytest.mark.parametrize("tag", ["ALLOW", "DISALLOW"])
@pytest.mark.parametrize(("is_allowing", "times"), [(False, []), (True, [42, 43, 44, 45])])
def test_an_empty_signal_does_what_the_option_says(
    tag: str, is_allowing: bool, times: list[int]
) -> None:
    outputs = by_stream(tag, [], {"empty_packets_as_allow": is_allowing})
    assert outputs[""].timestamps == times


def test_a_blocked_time_is_settled() -> None:
    with CalculatorRunner(GateCalculator, inputs=["", "ALLOW"], outputs=[""]) as runner:
        runner.add("", "data", 42)
        runner.add("ALLOW", False, 42)
        assert runner.outputs[""].values == []
        assert runner.outputs[""].bound == 43


def test_data_wait_until_the_signal_is_settled() -> None:
    with CalculatorRunner(GateCalculator, inputs=["", "ALLOW"], outputs=[""]) as runner:
        runner.add("", "data", 42)
        assert runner.outputs[""].bound <= 42
        runner.add("ALLOW", True, 42)
        assert runner.outputs[""].values == ["data"]


def test_state_change_reports_changes_but_not_the_first_state() -> None:
    outputs = by_stream("ALLOW", signal(False, True, True, False))
    assert outputs["STATE_CHANGE"].timestamps == [43, 45]
    assert outputs["STATE_CHANGE"].values == [True, False]


def test_state_changes_are_reported_without_data_streams() -> None:
    runner = CalculatorRunner(GateCalculator, inputs=["ALLOW"], outputs=["STATE_CHANGE"])
    outputs = runner.run({"ALLOW": signal(False, True, True, False)})
    assert outputs["STATE_CHANGE"].timestamps == [43, 45]


@pytest.mark.parametrize(
    ("initial", "times"), [("GATE_DISALLOW", [42]), ("GATE_ALLOW", []), ("GATE_UNINITIALIZED", [])]
)
def test_the_first_state_is_a_change_from_the_initial_one(initial: str, times: list[int]) -> None:
    outputs = by_stream("ALLOW", signal(True, True, True, True), {"initial_gate_state": initial})
    assert outputs["STATE_CHANGE"].timestamps == times


def test_a_blocking_side_packet_closes_the_data_outputs_before_any_packet() -> None:
    with CalculatorRunner(
        GateCalculator,
        inputs=[""],
        outputs=["", "STATE_CHANGE"],
        side_packets={"ALLOW": False},
    ) as runner:
        assert runner.outputs[""].bound == DONE
        assert runner.outputs["STATE_CHANGE"].bound < DONE


def test_several_data_streams_pass_together() -> None:
    runner = CalculatorRunner(
        GateCalculator, inputs=["", ":1", "SIZE", "ALLOW"], outputs=["", ":1", "SIZE"]
    )
    outputs = runner.run(
        {
            "": [Packet("a", 42), Packet("b", 43)],
            ":1": [Packet("c", 43)],
            "SIZE": [Packet("d", 42)],
            "ALLOW": signal(False, True),
        }
    )
    assert outputs[""].values == ["b"]
    assert outputs[":1"].values == ["c"]
    assert outputs["SIZE"].values == []


def test_two_signals_are_refused_by_name() -> None:
    runner = CalculatorRunner(
        GateCalculator, inputs=["", "ALLOW"], outputs=[""], side_inputs=["DISALLOW"]
    )
    with pytest.raises(GraphflowError, match="stream ALLOW and side packet DISALLOW"):
        runner.run({"": DATA}, side_packets={"DISALLOW": True})


def test_an_initial_state_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="initial_gate_state"):
        by_stream("ALLOW", [], {"initial_gate_state": "OPEN"})


def test_an_empty_signal_counts_as_a_state() -> None:
    outputs = by_stream("ALLOW", signal(True), {"empty_packets_as_allow": False})
    assert outputs[""].timestamps == [42]
    assert outputs["STATE_CHANGE"].timestamps == [43]
    assert outputs["STATE_CHANGE"].values == [False]


def test_what_a_closed_gate_keeps_is_left_out_and_no_loss() -> None:
    graph = Graph.from_text("""
        input_stream: [data, allow]
        node:
          - calculator: GateCalculator
            input_stream: ["data", "ALLOW:allow"]
            output_stream: ["passed"]
    """)
    graph.start(threads=INLINE)
    for time, is_open in enumerate((True, False, False)):
        graph.add_packet("data", "x", time)
        graph.add_packet("allow", is_open, time)
    ledger = graph.ledger()
    graph.cancel()
    assert ledger.entries[0].left_out == (("the gate is closed", 2),)
    assert ledger.losses == ()
