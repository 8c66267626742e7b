"""DefaultSidePacketCalculator: a side packet, or a default where it was not given."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class DefaultSidePacketCalculator(Calculator[NoOptions]):
    """Pass a side packet that may be missing, or a default in its place.

    Timing: in `open`; there are no streams.

    Ports: OPTIONAL_VALUE, which a subgraph's user may leave unconnected; DEFAULT_VALUE; VALUE, the
    one or the other.

    Options: none.

    Example:
        ```yaml
        input_side_packet: [wanted_pose_count, usual_pose_count]
        output_side_packet: [pose_count]
        node:
          - calculator: DefaultSidePacketCalculator
            input_side_packet:
              - "OPTIONAL_VALUE:wanted_pose_count"
              - "DEFAULT_VALUE:usual_pose_count"
            output_side_packet: ["VALUE:pose_count"]
        ```

    Source: MediaPipe, calculators/core/default_side_packet_calculator.cc
    """

    contract = Contract(
        side_inputs=(
            Port("OPTIONAL_VALUE", optional=True, doc="what is wanted, if it is given"),
            Port("DEFAULT_VALUE", doc="what holds otherwise"),
        ),
        side_outputs=(Port("VALUE", same_as="DEFAULT_VALUE", doc="the one or the other"),),
    )

    def open(self, context: Context) -> None:
        """Choose."""
        default = context.side_inputs["DEFAULT_VALUE"]
        context.side_outputs["VALUE"] = context.side_inputs.get("OPTIONAL_VALUE", default=default)
