"""PacketPresenceCalculator: is there a packet at this time?"""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class PacketPresenceCalculator(Calculator[NoOptions]):
    """Tell, at each timestamp that becomes settled, whether the input has a packet there.

    Timing: runs for each packet, and for each rise of the input's bound that brings none: then
    PRESENCE is false at the newest settled time. A bound that jumps gives one packet, not one for
    every time it skipped. The end of the input gives none.

    Ports: PACKET of any type; PRESENCE.

    Options: none.

    Example:
        ```yaml
        input_stream: [pose_landmarks]
        output_stream: [is_pose_present]
        node:
          - calculator: PacketPresenceCalculator
            input_stream: ["PACKET:pose_landmarks"]
            output_stream: ["PRESENCE:is_pose_present"]
        ```

    Source: MediaPipe, calculators/core/packet_presence_calculator.cc
    """

    contract = Contract(
        inputs=(Port("PACKET", doc="the stream to watch"),),
        outputs=(Port("PRESENCE", bool, doc="true for a packet, false for an empty timestamp"),),
        process_timestamps=True,
    )

    def process(self, context: Context) -> None:
        """Say what is there."""
        context.outputs["PRESENCE"].emit(not context.inputs["PACKET"].is_empty)
