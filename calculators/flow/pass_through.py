"""PassThroughCalculator: what comes in goes out."""

from __future__ import annotations

from graphflow import ANY_TAG, Calculator, Context, Contract, Port, register
from graphflow.options import NoOptions


@register
class PassThroughCalculator(Calculator[NoOptions]):
    """Pass packets on unchanged; with several streams, join them by timestamp.

    Timing: at each timestamp, once all inputs are settled there, every packet goes to the output
    with the same tag and index. An empty input settles its output.

    Ports: any streams; outputs have the tags and indexes of the inputs. Side packets without tag
    pass too, position for position, in `open`.

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
        side_inputs=(Port("", optional=True, repeated=True, doc="any side packets"),),
        side_outputs=(
            Port("", optional=True, repeated=True, doc="the side packet at the same position"),
        ),
    )

    def open(self, context: Context) -> None:
        """Pass the side packets."""
        if "" in context.side_outputs:
            for index in context.side_inputs.indexes(""):
                context.side_outputs["", index] = context.side_inputs["", index]

    def process(self, context: Context) -> None:
        """Pass one packet of each stream that has one."""
        for output in context.outputs:
            packet = context.inputs[output.tag, output.index].packet
            if packet is not None:
                output.add(packet)
