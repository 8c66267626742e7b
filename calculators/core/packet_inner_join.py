"""PacketInnerJoinCalculator: only times at which every stream has a packet."""

from __future__ import annotations

from calculators.headers import pass_headers
from graphflow import ANY_TAG, Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class PacketInnerJoinCalculator(Calculator[NoOptions]):
    """Pass the packets of those times at which every input has one, and drop the others.

    Timing: at each time, once all inputs are settled there. A time that some input lacks is settled
    on every output.

    Ports: any streams, mirrored on the outputs.

    Options: none.

    Example:
        ```yaml
        input_stream: [image, depth]
        output_stream: [joined_image, joined_depth]
        node:
          - calculator: PacketInnerJoinCalculator
            input_stream: ["image", "depth"]
            output_stream: ["joined_image", "joined_depth"]
        ```

    Source: MediaPipe, calculators/core/packet_inner_join_calculator.cc
    """

    contract = Contract(
        inputs=(Port(ANY_TAG, doc="the streams to join"),),
        outputs=(Port(ANY_TAG, doc="the packets of complete times"),),
        reads_headers=True,
    )

    def open(self, context: Context) -> None:
        """Pass the headers."""
        pass_headers(context)

    def process(self, context: Context) -> None:
        """Pass all packets, or none."""
        if any(each.is_empty for each in context.inputs):
            for each in context.inputs:
                if not each.is_empty:
                    each.leave_out("another stream has none at its time")
            return
        for output in context.outputs:
            packet = context.inputs[output.tag, output.index].packet
            if packet is not None:
                output.add(packet)
