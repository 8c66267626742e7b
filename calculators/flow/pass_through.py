"""PassThroughCalculator: what comes in goes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from calculators.headers import pass_headers
from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.options import NoOptions

NOT_GIVEN: Final = object()


@register
class PassThroughCalculator(Calculator[NoOptions]):
    """Pass packets on unchanged; with several streams, join them by timestamp.

    Timing: at each timestamp, once all inputs are settled there, every packet goes to the output
    with the same tag and index. An empty input settles its output.

    Ports: any streams; outputs have the tags and indexes of the inputs. Side packets pass too, in
    `open`, if their outputs are connected: then all of them are.

    Options: none.

    Example:
        ```yaml
        input_stream: [image, roi]
        output_stream: [image_out, roi_out]
        node:
          - calculator: PassThroughCalculator
            input_stream: ["image", "ROI:roi"]
            output_stream: ["image_out", "ROI:roi_out"]
        ```

    Source: MediaPipe, calculators/core/pass_through_calculator.cc
    """

    contract = Contract(
        inputs=(Port(ANY_TAG, optional=True, doc="any streams"),),
        outputs=(Port(ANY_TAG, optional=True, doc="the packet of the input of the same name"),),
        side_inputs=(Port(ANY_TAG, optional=True, doc="any side packets"),),
        side_outputs=(Port(ANY_TAG, optional=True, doc="the side input of the same name"),),
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Ask for an output to every input, and for side outputs to all side inputs or to none."""
        return replace(
            cls.contract,
            outputs=(Port(ANY_TAG, optional=not len(node.inputs)),),
            side_outputs=(Port(ANY_TAG, optional=not len(node.side_outputs)),),
        )

    def open(self, context: Context) -> None:
        """Pass the headers, and the side packets that were given."""
        pass_headers(context)
        for tag, index in context.side_outputs:
            value = context.side_inputs.get(tag, index, default=NOT_GIVEN)
            if value is not NOT_GIVEN:
                context.side_outputs[tag, index] = value

    def process(self, context: Context) -> None:
        """Pass one packet of each stream that has one."""
        inputs = context.inputs
        for output in context.outputs:
            packet = inputs[output.key].packet
            if packet is not None:
                output.add(packet)
