"""SplitVectorCalculator: ranges of a collection, each on a stream of its own."""

from __future__ import annotations

from itertools import chain, pairwise

import numpy as np
from pydantic import Field, model_validator

from calculators.ranges import Range, check_ranges
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class SplitVectorOptions(Options):
    """Options of SplitVectorCalculator."""

    ranges: tuple[Range, ...] = Field(
        (), description="the elements from begin to before end, for each output"
    )
    element_only: bool = Field(
        False, description="whether outputs have single elements; all ranges are then of one"
    )
    combine_outputs: bool = Field(
        False, description="whether one output has all ranges, one behind the other"
    )

    @model_validator(mode="after")
    def _check(self) -> SplitVectorOptions:
        if self.element_only and self.combine_outputs:
            raise ValueError("found element_only and combine_outputs; expected at most one of them")
        if self.element_only and any(len(each) != 1 for each in self.ranges):
            raise ValueError("found a range of several elements; with element_only each has one")
        in_order = sorted(self.ranges, key=lambda each: each.begin)
        if self.combine_outputs and any(
            before.end > after.begin for before, after in pairwise(in_order)
        ):
            raise ValueError("found ranges that overlap; with combine_outputs they must not")
        return self


@register
class SplitVectorCalculator(Calculator[SplitVectorOptions]):
    """Take ranges out of each collection, one for each output or all of them for one.

    Timing: for each collection one packet on every output.

    Ports: one input, a sequence or array; as many outputs as ranges, of the same kind.

    Options: ranges (begin and end of each; at least one), element_only (false), combine_outputs
    (false).

    Example:
        ```yaml
        input_stream: [hands]
        output_stream: [first_hand, second_hand]
        node:
          - calculator: SplitVectorCalculator
            input_stream: ["hands"]
            output_stream: ["first_hand", "second_hand"]
            options:
              ranges: [{begin: 0, end: 1}, {begin: 1, end: 2}]
              element_only: true
        ```

    Source: MediaPipe, calculators/core/split_vector_calculator.h, which is registered once for each
        type of element.
    """

    contract = Contract(
        inputs=(Port("", doc="a sequence or array"),),
        outputs=(Port("", repeated=True, doc="a range of it, or one element"),),
        options=SplitVectorOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SplitVectorOptions]) -> Contract:
        """Check the ranges against the outputs.

        Raises:
            ContractError: there are no ranges, or not as many as outputs.
        """
        if not node.options.ranges:
            raise ContractError("found no ranges; expected at least one")
        if not node.options.combine_outputs:
            check_ranges(node.options.ranges, len(node.outputs))
        elif len(node.outputs) != 1:
            raise ContractError(
                f"found {len(node.outputs)} outputs; expected 1 because of combine_outputs"
            )
        return cls.contract

    def process(self, context: Context) -> None:
        """Split one collection.

        Raises:
            ValueError: a range reaches beyond the last element.
        """
        packet = context.inputs[0].packet
        if packet is None:
            return
        vector, ranges = packet.value, self.options.ranges
        needed = max(each.end for each in ranges)
        if len(vector) < needed:
            raise ValueError(f"found {len(vector)} elements; expected at least {needed}")
        parts = [vector[each.begin : each.end] for each in ranges]
        if self.options.combine_outputs:
            is_array = isinstance(vector, np.ndarray)
            context.outputs[0].emit(np.concatenate(parts) if is_array else tuple(chain(*parts)))
            return
        for output, part in zip(context.outputs.tagged(""), parts, strict=True):
            output.emit(part[0] if self.options.element_only else part)
