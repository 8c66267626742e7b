"""ValueOrDefaultCalculator: a value at every tick, even where a stream has none."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class ValueOrDefaultCalculator(Calculator[NoOptions]):
    """Pass, at every tick, the packet of a stream, or a default where it is empty.

    Timing: at the time of each tick, once IN is settled there. Packets of IN at other times are
    dropped.

    Ports: IN; TICK, of any type; OUT, of IN's type; FLAG, true at every time of the default, else
    empty. The side packet without tag is the default.

    Options: none.

    Example:
        ```yaml
        input_stream: [pose_score, image]
        input_side_packet: [score_without_pose]
        output_stream: [score, is_score_made_up]
        node:
          - calculator: ValueOrDefaultCalculator
            input_stream: ["IN:pose_score", "TICK:image"]
            input_side_packet: ["score_without_pose"]
            output_stream: ["OUT:score", "FLAG:is_score_made_up"]
        ```

    Source: MediaPipe, calculators/core/value_or_default_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("IN", doc="a stream that may be empty"),
            Port("TICK", doc="the times at which a value is wanted"),
        ),
        outputs=(
            Port("OUT", same_as="IN", doc="a packet at every tick"),
            Port("FLAG", bool, optional=True, doc="true where it is the default"),
        ),
        side_inputs=(Port("", doc="the default"),),
    )

    def process(self, context: Context) -> None:
        """Answer one tick."""
        value = context.inputs["IN"].packet
        if context.inputs["TICK"].is_empty:
            if value is not None:
                context.inputs["IN"].leave_out("there is no tick at its time")
            return
        if value is not None:
            context.outputs["OUT"].add(value)
            return
        context.outputs["OUT"].emit(context.side_inputs[""])
        if (flag := context.outputs.get("FLAG")) is not None:
            flag.emit(True)
