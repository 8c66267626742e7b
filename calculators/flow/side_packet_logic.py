"""SidePacketLogicCalculator: one yes or no out of several, before the run begins."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.diagnostics import listed
from graphflow.words.errors import ContractError


class SidePacketLogicOptions(Options):
    """Options of SidePacketLogicCalculator."""

    op: Literal["AND", "OR"] = Field("AND", description="how the inputs are joined")
    negate: tuple[int, ...] = Field(
        (), description="positions, from 0, of inputs that are inverted first"
    )
    negate_output: bool = Field(False, description="whether the result is inverted")


@register
class SidePacketLogicCalculator(Calculator[SidePacketLogicOptions]):
    """Join boolean side packets into one: all of them, or any of them.

    Timing: in `open`; there are no streams.

    Ports: one or more side inputs without tag, bool; one side output, bool.

    Options: op (AND or OR; default AND), negate (positions from 0 of the inputs to invert first;
    default none), negate_output (default false).

    Example:
        ```yaml
        input_side_packet: [smooth_landmarks, is_static]
        output_side_packet: [is_smoothing]
        node:
          - calculator: SidePacketLogicCalculator
            input_side_packet: ["smooth_landmarks", "is_static"]
            output_side_packet: ["is_smoothing"]
            options: {op: AND, negate: [1]}
        ```

    Source: ours. MediaPipe wires the same condition with SwitchContainer; compare its
    calculators/util/logic_calculator.cc, which joins streams.
    """

    contract = Contract(
        side_inputs=(Port("", bool, repeated=True, doc="the conditions"),),
        side_outputs=(Port("", bool, doc="the conditions joined"),),
        options=SidePacketLogicOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SidePacketLogicOptions]) -> Contract:
        """Check the positions to invert.

        Raises:
            ContractError: `negate` names a position that is not connected.
        """
        positions = node.side_inputs.indexes("")
        unknown = sorted(set(node.options.negate) - set(positions))
        if unknown:
            raise ContractError(
                f"option negate: found position {unknown[0]}; "
                f"expected one of the side inputs' positions, {listed(list(map(str, positions)))}"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Join the conditions."""
        conditions = [
            bool(context.side_inputs["", position]) is not (position in self.options.negate)
            for position in context.side_inputs.indexes("")
        ]
        is_met = all(conditions) if self.options.op == "AND" else any(conditions)
        context.side_outputs[""] = is_met is not self.options.negate_output
