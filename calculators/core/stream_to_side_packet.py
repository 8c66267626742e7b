"""StreamToSidePacketCalculator: the only packet of a stream as a side packet."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class StreamToSidePacketCalculator(Calculator[NoOptions]):
    """Make a side packet of the only packet of a stream.

    Timing: the side packet is there when the packet came; nodes that need it open then. A stream
    that ends without a packet makes none.

    Ports: one input, of any type, with exactly one packet; one side packet.

    Options: none.

    Example:
        ```yaml
        input_stream: [calibration]
        output_side_packet: [calibration_of_run]
        node:
          - calculator: StreamToSidePacketCalculator
            input_stream: ["calibration"]
            output_side_packet: ["calibration_of_run"]
        ```

    Source: MediaPipe, calculators/core/stream_to_side_packet_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", doc="a stream of one packet"),),
        side_outputs=(Port("", same_as="", doc="its payload"),),
    )

    def open(self, context: Context) -> None:
        """Start with no packet."""
        self._is_made = False

    def process(self, context: Context) -> None:
        """Make the side packet.

        Raises:
            ValueError: there is a second packet.
        """
        packet = context.inputs[0].packet
        if packet is None:
            return
        if self._is_made:
            raise ValueError("found a second packet; expected exactly one, for a side packet")
        context.side_outputs[""] = packet.value
        self._is_made = True
