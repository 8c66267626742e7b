"""Type checks of a run: around the calls of those nodes whose types nobody could check before.

Wiring marks the inputs whose producer may send anything although they want a class, and the runner
marks the outputs of what it tests. A node without marks is called directly, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import port_name, type_name
from graphflow.nodes.payload_types import accepted, found_type, is_payload
from graphflow.plan import InputPlan, NodePlan, OutputPlan, Plan, SidePlan
from graphflow.words.errors import PayloadError

Call = Callable[[Context], None]


def checked_calls(plan: Plan, node: NodePlan, calculator: AnyCalculator) -> tuple[Call, Call, Call]:
    """Return `open`, `process` and `close` of a calculator, with the checks its node needs."""
    opening: Call = calculator.open
    processing: Call = calculator.process
    closing: Call = calculator.close
    outputs = [(at, each) for at, each in enumerate(node.outputs) if each.checked_type is not None]
    sides = [each for each in node.side_outputs if each.checked_type is not None]
    if outputs or sides:
        opening, processing, closing = (
            _and_then_checked(call, outputs, sides) for call in (opening, processing, closing)
        )
    inputs = [(at, each) for at, each in enumerate(node.inputs) if each.checked_type is not None]
    if inputs:
        processing = _checked_before(processing, inputs, plan)
    return opening, processing, closing


def _checked_before(call: Call, inputs: list[tuple[int, InputPlan]], plan: Plan) -> Call:
    wanted = [(at, accepted(each.checked_type or object), each) for at, each in inputs]

    def checked(context: Context) -> None:
        for at, classes, each in wanted:
            packet = context.inputs[at].packet
            if packet is not None and not isinstance(packet.value, classes):
                _check_input(packet.value, each, plan)
        call(context)

    return checked


def _check_input(value: Any, each: InputPlan, plan: Plan) -> None:
    expected = each.checked_type or object
    if is_payload(value, expected):
        return
    stream = plan.streams[each.stream]
    is_outside = stream.producer is None
    source = (
        "a graph input" if is_outside else f'from node "{plan.nodes[stream.producer or 0].name}"'
    )
    raise PayloadError(
        f'input {port_name(each.tag, each.index)} (stream "{stream.name}", {source}): '
        f"found {found_type(value)}; expected {type_name(expected)}"
    )


def _and_then_checked(
    call: Call, outputs: list[tuple[int, OutputPlan]], sides: list[SidePlan]
) -> Call:
    def checked(context: Context) -> None:
        call(context)
        for at, each in outputs:
            output = context.outputs[at]
            for packet in (output.packet, *output.more):
                if packet is not None:
                    _check(packet.value, each.checked_type or object, "output", each)
        made = context.side_outputs.made
        for side in sides:
            if side.name in made:
                _check(made[side.name], side.checked_type or object, "side output", side)

    return checked


def _check(value: Any, expected: type, kind: str, port: OutputPlan | SidePlan) -> None:
    if not is_payload(value, expected):
        raise PayloadError(
            f"{kind} {port_name(port.tag, port.index)}: found {found_type(value)}; "
            f"expected {type_name(expected)}, as the contract says"
        )
