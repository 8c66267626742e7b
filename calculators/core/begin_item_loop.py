"""BeginItemLoopCalculator: send several streams, one after another, through one part of the graph.

Theory: as in `calculators.core.begin_loop`; the elements are the packets of several streams instead
of those of one collection.
"""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.options import NoOptions


@register
class BeginItemLoopCalculator(Calculator[NoOptions]):
    """Send the packets of several streams through the body of a loop, one after another.

    Timing: at each time all ITEM inputs have a packet, or none of them has. Outputs have inner
    times, which start at 0 and rise by 1 for each packet. A time without packets gives BATCH_END
    alone.

    Ports: ITEM, one or more inputs of the same type, and one output with their packets by index.
    CLONE, any number of further streams: their packets are repeated for every ITEM. BATCH_END: the
    time outside, with the last ITEM.

    Options: none.

    Example:
        ```yaml
        input_stream: [left_hands, right_hands]
        output_stream: [left_count, right_count]
        node:
          - calculator: BeginItemLoopCalculator
            input_stream: ["ITEM:0:left_hands", "ITEM:1:right_hands"]
            output_stream: ["ITEM:hands", "BATCH_END:hands_end"]
          - calculator: VectorSizeCalculator
            input_stream: ["VECTOR:hands"]
            output_stream: ["SIZE:count"]
          - calculator: EndItemLoopCalculator
            input_stream: ["ITEM:count", "BATCH_END:hands_end"]
            output_stream: ["ITEM:0:left_count", "ITEM:1:right_count"]
        ```

    Source: MediaPipe, calculators/core/begin_item_loop_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("ITEM", repeated=True, doc="the elements of a time, all or none"),
            Port("CLONE", optional=True, repeated=True, doc="what every element needs besides"),
        ),
        outputs=(
            Port("ITEM", same_as="ITEM", doc="one element at each inner time"),
            Port("CLONE", optional=True, repeated=True, same_as="CLONE", doc="once per element"),
            Port("BATCH_END", int, doc="the time outside, with the last element"),
        ),
        timestamp_offset=None,
        process_timestamps=True,
    )

    def open(self, context: Context) -> None:
        """Start the inner time."""
        self._inner_time = 0

    def process(self, context: Context) -> None:
        """Send the packets of one time.

        Raises:
            ValueError: some ITEM inputs have a packet and some have none.
        """
        inputs = context.inputs.tagged("ITEM")
        items = [each.packet for each in inputs if each.packet is not None]
        if items and len(items) < len(inputs):
            raise ValueError(
                f"found {len(items)} ITEM packets of {len(inputs)}; expected all or none"
            )
        clones = [
            (clone.packet, context.outputs["CLONE", clone.index])
            for clone in context.inputs.tagged("CLONE")
            if clone.packet is not None and context.outputs.get("CLONE", clone.index) is not None
        ]
        for item in items:
            context.outputs["ITEM"].add(item.at(self._inner_time))
            for packet, output in clones:
                output.add(packet.at(self._inner_time))
            self._inner_time += 1
        if not items:
            self._inner_time += 1
        context.outputs["BATCH_END"].add(Packet(context.timestamp, self._inner_time - 1))
        for each in context.outputs:
            each.advance(self._inner_time)
