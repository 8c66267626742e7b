"""MuxCalculator: at each time, the packet of the stream that a number chooses."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.input_policy import MuxPolicy
from graphflow.nodes.options import NoOptions


@register
class MuxCalculator(Calculator[NoOptions]):
    """Pass, at each time, the packet of the input that SELECT chooses.

    Timing: at each time of a SELECT packet, once the input chosen is settled there; the others are
    not waited for. If the input chosen is empty there, or SELECT is, there is no packet, and the
    time is settled. The node ends with SELECT.

    Ports: INPUT, the streams to choose from, of one type; SELECT, the index of one; OUTPUT.

    Options: none.

    Example:
        ```yaml
        input_stream: [near_roi, far_roi, choice]
        output_stream: [roi]
        node:
          - calculator: MuxCalculator
            input_stream: ["INPUT:0:near_roi", "INPUT:1:far_roi", "SELECT:choice"]
            output_stream: ["OUTPUT:roi"]
        ```

    Source: MediaPipe, calculators/core/mux_calculator.cc.
    """

    contract = Contract(
        inputs=(
            Port("INPUT", repeated=True, doc="a stream to choose"),
            Port("SELECT", int, doc="index of the stream chosen at this time"),
        ),
        outputs=(Port("OUTPUT", same_as="INPUT", doc="the packets chosen"),),
        input_policy=MuxPolicy(),
        reads_headers=True,
    )

    def open(self, context: Context) -> None:
        """Pass the header of the first stream: they are of one kind."""
        header = context.inputs["INPUT"].header
        if header is not None:
            context.outputs["OUTPUT"].set_header(header)

    def process(self, context: Context) -> None:
        """Pass the packet chosen.

        Raises:
            ValueError: there is no such input.
        """
        select = context.inputs["SELECT"]
        if select.is_empty:
            return
        index = select.value
        chosen = context.inputs.get("INPUT", index)
        if chosen is None:
            count = len(context.inputs.tagged("INPUT"))
            raise ValueError(f"SELECT: found {index}; expected an INPUT from 0 to {count - 1}")
        if chosen.packet is not None:
            context.outputs["OUTPUT"].add(chosen.packet)
