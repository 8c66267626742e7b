"""MergeToVectorCalculator: the packets of several streams as one collection."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MergeToVectorCalculator(Calculator[NoOptions]):
    """Make one collection of the packets that several streams have at a time.

    Timing: at each time at which one of the inputs has a packet, once all are settled there.

    Ports: one or more inputs without tag; one output, a tuple of the payloads in the order of the
    inputs, shorter where some are empty.

    Options: none.

    Example:
        ```yaml
        input_stream: [left_hand, right_hand]
        output_stream: [hands]
        node:
          - calculator: MergeToVectorCalculator
            input_stream: ["left_hand", "right_hand"]
            output_stream: ["hands"]
        ```

    Source: MediaPipe, calculators/core/merge_to_vector_calculator.h, which is registered once for
        each type of element.
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="streams of single elements"),),
        outputs=(Port("", doc="tuple of the elements there are"),),
    )

    def process(self, context: Context) -> None:
        """Collect what is there."""
        elements = tuple(
            each.packet.value for each in context.inputs.tagged("") if each.packet is not None
        )
        if elements:
            context.outputs[0].emit(elements)
