"""BeginLoopCalculator: take a collection apart, so that a part of the graph runs on each element.

Theory. Elements of one collection all belong to one time, but a stream has one packet at a time. So
inside the loop there is another count of time, that of elements: from 0, rising by 1 from element
to element and going on from collection to collection. BATCH_END, which travels beside the last
element, carries the time outside, by which EndLoopCalculator finds back.

A time without elements (an empty collection, or none) uses up one of the inner times too, with
BATCH_END alone: so its end of the loop learns that this time is settled.
"""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.options import NoOptions


@register
class BeginLoopCalculator(Calculator[NoOptions]):
    """Send each element of a collection through the body of a loop, one after another.

    Timing: for each collection, and for each rise of the inputs' bound that brings none. Outputs
    have inner times, which start at 0 and rise by 1 for each element of all collections. A
    collection that is empty or missing gives BATCH_END alone.

    Ports: ITERABLE, whatever Python can iterate over; ITEM, its elements. CLONE, any number of
    further streams: their packets are repeated for every element. BATCH_END: the collection's own
    time, with its last element. TICK, of any type, only makes the node look at its time.

    Options: none.

    Example:
        ```yaml
        input_stream: [groups]
        output_stream: [group_sizes]
        node:
          - calculator: BeginLoopCalculator
            input_stream: ["ITERABLE:groups"]
            output_stream: ["ITEM:group", "BATCH_END:groups_end"]
          - calculator: VectorSizeCalculator
            input_stream: ["VECTOR:group"]
            output_stream: ["SIZE:size"]
          - calculator: EndLoopCalculator
            input_stream: ["ITEM:size", "BATCH_END:groups_end"]
            output_stream: ["ITERABLE:group_sizes"]
        ```

    Source: MediaPipe, calculators/core/begin_loop_calculator.h, which is registered once for each
        type of element. There a CLONE without packet settles nothing inside the loop.
    """

    contract = Contract(
        inputs=(
            Port("ITERABLE", doc="the collection"),
            Port("CLONE", optional=True, repeated=True, doc="what every element needs besides"),
            Port("TICK", optional=True, doc="any packets; not needed, for bounds do the same"),
        ),
        outputs=(
            Port("ITEM", doc="one element at each inner time"),
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
        """Take one collection apart."""
        clones = [
            (clone.packet, context.outputs["CLONE", clone.index])
            for clone in context.inputs.tagged("CLONE")
            if clone.packet is not None and context.outputs.get("CLONE", clone.index) is not None
        ]
        first_time = self._inner_time
        for element in context.inputs["ITERABLE"].get(()):
            context.outputs["ITEM"].add(Packet(element, self._inner_time))
            for packet, output in clones:
                output.add(packet.at(self._inner_time))
            self._inner_time += 1
        if self._inner_time == first_time:
            self._inner_time += 1
        context.outputs["BATCH_END"].add(Packet(context.timestamp, self._inner_time - 1))
        for each in context.outputs:
            each.advance(self._inner_time)
