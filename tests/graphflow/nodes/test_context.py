"""What a calculator sees during a call."""

from __future__ import annotations

from typing import Any

import pytest

from graphflow import Calculator, Context, Contract, Packet, Port, Timestamp
from graphflow.nodes.context import Input, Output, Ports, SideInputs, SideOutputs
from graphflow.nodes.options import NoOptions
from graphflow.testing import CalculatorRunner
from graphflow.words.errors import ContractError, TimestampError
from graphflow.words.timestamp import DONE, MAX, ONE_OVER_POSTSTREAM, POSTSTREAM, UNSTARTED


def some_output() -> Output:
    context = Context()
    context.timestamp = 7
    return Output("OUT", 0, "out", context)


def test_an_empty_input_has_no_value_but_a_default() -> None:
    port = Input("IMAGE", 1, "image")
    assert port.is_empty
    assert port.get() is None
    assert port.get("default") == "default"
    with pytest.raises(ContractError, match="input IMAGE:1 is empty at this time; ask is_empty"):
        _ = port.value


def test_a_full_input_has_a_value_even_if_it_is_none() -> None:
    port = Input("", 0, "s")
    port.packet = Packet(None, 1)
    assert not port.is_empty
    assert port.value is None
    assert port.get("default") is None


def test_emitting_raises_the_bound_and_keeps_the_order() -> None:
    output = some_output()
    output.emit("first")
    assert (output.bound, output.packet and output.packet.timestamp) == (8, 7)
    output.add(Packet("second", 8))
    output.add(Packet("third", 20))
    assert [packet.value for packet in output.more] == ["second", "third"]
    with pytest.raises(TimestampError) as caught:
        output.add(Packet("late", 20))
    assert str(caught.value) == (
        'output OUT (stream "out"): found a packet at 20; expected 21 or later'
    )


def test_a_closed_output_takes_nothing() -> None:
    output = some_output()
    output.advance(50)
    output.advance(40)
    assert (output.bound, output.is_closed) == (50, False)
    output.close()
    assert output.is_closed
    with pytest.raises(TimestampError, match='stream "out"\\) is closed; found a packet at 7'):
        output.emit("late")


def test_times_that_no_packet_carries_are_refused_with_a_hint() -> None:
    output = some_output()
    output.context.timestamp = UNSTARTED
    with pytest.raises(TimestampError, match="in open, close and sources give the time with add"):
        output.emit("when?")


@pytest.mark.parametrize(("time", "bound"), [(MAX, ONE_OVER_POSTSTREAM), (POSTSTREAM, DONE - 1)])
def test_the_last_times_may_be_emitted_and_become_plain_integers(time: int, bound: int) -> None:
    output = some_output()
    output.add(Packet("last", Timestamp.MAX if time == MAX else Timestamp.POSTSTREAM))
    assert output.bound == bound
    assert output.packet is not None
    assert type(output.packet.timestamp) is int


def some_ports() -> Ports[Input]:
    ends = [("B", 1), ("B", 0), ("", 0), ("", 1), ("A", 0)]
    return Ports("input", [Input(tag, index, "s") for tag, index in ends])


def test_ports_are_found_by_tag_index_and_position() -> None:
    ports = some_ports()
    assert ports["B"] is ports["B", 0] is ports[1]
    assert ports["B", 1] is ports[0]
    assert ports[""] is ports[2]
    assert [port.index for port in ports.tagged("B")] == [0, 1]
    assert ports.tagged("C") == ()
    assert ports.get("C") is None
    assert ports.get("B", 1) is ports[0]
    assert ports.tags == ("", "A", "B")
    assert "A" in ports
    assert "C" not in ports
    assert len(ports) == len(list(ports)) == 5


def test_a_missing_port_names_those_that_are_there() -> None:
    with pytest.raises(ContractError) as caught:
        _ = some_ports()["C"]
    assert str(caught.value) == ("input 'C' is not connected; connected are: B:1, B, :0, :1, A")
    with pytest.raises(ContractError, match="connected are: none"):
        _ = Ports[Output]("output", [])[0]


def test_side_inputs() -> None:
    keys = {("A", 0): "a", ("A", 2): "a2", ("LATE", 0): "late"}
    sides = SideInputs(keys, {"a": 1, "a2": None})
    assert sides["A"] == 1
    assert sides["A", 2] is None
    assert sides.get("A") == 1
    assert sides.get("LATE", default=5) == 5
    assert sides.get("B", 1, default=6) == 6
    assert sides.indexes("A") == (0, 2)
    assert "A" in sides
    assert "LATE" not in sides
    for absent in ("LATE", "B"):
        with pytest.raises(ContractError, match=f"side input {absent} was not given"):
            _ = sides[absent]


def test_side_outputs() -> None:
    values: dict[str, Any] = {"given": 1}
    sides = SideOutputs({("A", 0): "a", ("A", 1): "a1", ("G", 0): "given"}, values)
    sides["A"] = 1
    sides["A", 1] = 2
    assert sides.made == {"a": 1, "a1": 2}
    assert "A" in sides
    assert "B" not in sides
    for twice in ("A", "G"):
        with pytest.raises(ContractError, match="already made in this run"):
            sides[twice] = 3
    with pytest.raises(ContractError, match="side output B is not connected"):
        sides["B"] = 3


def test_what_a_calculator_sees_in_each_step() -> None:
    seen: list[tuple[str, int, bool, str]] = []

    class Look(Calculator[NoOptions]):
        contract = Contract(inputs=(Port("IN"),))

        def open(self, context: Context) -> None:
            seen.append(
                ("open", context.timestamp, context.inputs["IN"].is_empty, context.node_name)
            )

        def process(self, context: Context) -> None:
            seen.append(("process", context.timestamp, context.inputs["IN"].is_empty, ""))

        def close(self, context: Context) -> None:
            seen.append(("close", context.timestamp, context.inputs["IN"].is_empty, ""))

    CalculatorRunner(Look).run({"IN": [Packet(1, 5)]})
    assert seen == [
        ("open", UNSTARTED, True, "Look"),
        ("process", 5, False, ""),
        ("close", DONE, True, ""),
    ]
