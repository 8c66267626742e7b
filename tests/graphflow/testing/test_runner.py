"""The tools that calculators are tested with."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Packet, Port
from graphflow.nodes.input_policy import ImmediatePolicy, SyncSet, SyncSetPolicy
from graphflow.nodes.options import NoOptions
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import CalculatorError, ContractError, TimestampError, UsageError
from graphflow.words.timestamp import DONE


class ScaleOptions(Options):
    factor: float = 1.0


class Scale(Calculator[ScaleOptions]):
    contract = Contract(
        inputs=(Port("IN"), Port("EXTRA", optional=True, repeated=True)),
        outputs=(Port("OUT"),),
        side_inputs=(Port("SHIFT", optional=True),),
        side_outputs=(Port("USED"),),
        options=ScaleOptions,
    )

    def open(self, context: Context) -> None:
        if "USED" in context.side_outputs:
            context.side_outputs["USED"] = self.options.factor

    def process(self, context: Context) -> None:
        number = context.inputs["IN"]
        if number.is_empty:
            return
        extra = sum(each.get(0) for each in context.inputs.tagged("EXTRA"))
        shift = context.side_inputs.get("SHIFT", default=0)
        context.outputs["OUT"].emit(number.value * self.options.factor + extra + shift)


class Mirror(Calculator[NoOptions]):
    contract = Contract(
        inputs=(Port(ANY_TAG), Port("ALLOW", optional=True)), outputs=(Port(ANY_TAG),)
    )

    def process(self, context: Context) -> None:
        for output in context.outputs:
            packet = context.inputs[output.tag, output.index].packet
            if packet is not None:
                output.add(packet)


def test_everything_at_once() -> None:
    runner = CalculatorRunner(Scale, options={"factor": 2.0})
    outputs = runner.run({"IN": [Packet(1.0, 0), Packet(2.0, 10)]})
    assert outputs["OUT"].values == [2.0, 4.0]
    assert outputs["OUT"].timestamps == [0, 10]
    assert outputs["OUT"].bound == DONE
    assert outputs.side["USED"] == 2.0
    assert (
        repr(outputs["OUT"])
        == "OutputRecord([Packet(float at 0), Packet(float at 10)], bound DONE)"
    )


def test_whatever_is_fed_is_connected() -> None:
    outputs = CalculatorRunner(Scale).run(
        {"IN": [Packet(1, 5)], "EXTRA": [Packet(10, 5)], "EXTRA:1": [Packet(100, 5)]},
        side_packets={"SHIFT": 1000},
    )
    assert outputs["OUT"].values == [1111]


def test_packets_are_fed_in_the_order_of_their_times() -> None:
    outputs = CalculatorRunner(Scale, inputs=["IN", "EXTRA"]).run(
        {"EXTRA": [Packet(10, 2)], "IN": [Packet(1, 1), Packet(2, 2)]}
    )
    assert outputs["OUT"].values == [1, 12]


def test_step_by_step_packets_and_bounds_are_there_after_every_call() -> None:
    with CalculatorRunner(Scale) as runner:
        out = runner.outputs["OUT"]
        runner.add("IN", 3, 7)
        assert (out.values, out.bound) == ([3.0], 8)
        runner.advance("IN", 20)
        assert out.bound == 20
        runner.close("IN")
        assert out.bound == DONE


def test_a_runner_can_be_run_again() -> None:  # behaviour 259
    runner = CalculatorRunner(Scale)
    lengths = [
        len(runner.run({"IN": [Packet(1, i) for i in range(n)]})["OUT"].values) for n in range(3)
    ]
    assert lengths == [0, 1, 2]


def test_outputs_with_any_tag_mirror_the_inputs() -> None:
    runner = CalculatorRunner(Mirror, inputs=["A", "", "ALLOW"])
    outputs = runner.run({"A": [Packet("a", 1)], "": [Packet("x", 1)], "ALLOW": []})
    assert outputs["A"].values == ["a"]
    assert outputs[""].values == outputs[":0"].values == ["x"]
    with pytest.raises(KeyError, match=r"outputs are \[':0', 'A'\]"):
        _ = outputs["ALLOW"]


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ({"inputs": ["NO"]}, "the contract declares no input NO"),
        ({"inputs": ["IN", "IN:1"]}, "input IN can be connected only once"),
        ({"inputs": ["EXTRA"]}, "required input IN is not connected"),
        ({"outputs": ["NO"]}, "the contract declares no output NO"),
        ({"side_inputs": ["NO"]}, "the contract declares no side input NO"),
        ({"side_outputs": ["NO"]}, "the contract declares no side output NO"),
    ],
)
def test_ports_are_checked_against_the_contract(ports: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        CalculatorRunner(Scale, **ports).run()


def test_options_are_checked() -> None:
    with pytest.raises(ValidationError):
        CalculatorRunner(Scale, options={"factr": 2.0})


def test_errors_come_through() -> None:
    with pytest.raises(CalculatorError, match="failed in process at 1 µs: TypeError"):
        CalculatorRunner(Scale).run({"IN": [Packet(None, 1)]})
    with pytest.raises(TimestampError), CalculatorRunner(Scale) as runner:
        runner.add("IN", 1, 5)
        runner.add("IN", 1, 5)
    with pytest.raises(UsageError, match="not running"):
        CalculatorRunner(Scale).add("IN", 1, 1)


def test_a_failing_test_body_still_closes_the_calculator() -> None:
    closed = []

    class Closes(Mirror):
        def close(self, context: Context) -> None:
            closed.append(True)

    with pytest.raises(ZeroDivisionError), CalculatorRunner(Closes, inputs=["A"]):
        _ = 1 / 0
    assert closed == [True]


def test_another_policy_may_be_tried() -> None:
    with CalculatorRunner(Mirror, inputs=["A", "B"], policy=ImmediatePolicy()) as runner:
        runner.add("B", 1, 5)
        assert runner.outputs["B"].values == [1]
    for listed in (("A",), ("B",), ("A", "B")):
        policy = SyncSetPolicy(sync_set=tuple(SyncSet(tag_index=(tag,)) for tag in listed))
        with CalculatorRunner(Mirror, inputs=["A", "B"], policy=policy) as runner:
            runner.add("B", 1, 5)
            assert runner.outputs["B"].values == [1]


def test_arrays_can_be_made_read_only() -> None:
    import numpy as np

    original = np.zeros(2)
    single, (pair, number) = make_read_only(original), make_read_only((original, 3))
    for array in (single, pair):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    original[0] = 1
    assert number == 3
