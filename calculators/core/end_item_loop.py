"""EndItemLoopCalculator: give the results of a loop over several streams streams of their own."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import next_allowed


@register
class EndItemLoopCalculator(Calculator[NoOptions]):
    """Collect the results of a loop's body, and emit each on a stream of its own.

    Timing: results are kept until BATCH_END comes; then they are emitted, at the time that
    BATCH_END carries. Where there were none, that time is settled on every output.

    Ports: ITEM, the results as one input, and as many outputs as there are results, in order;
    BATCH_END, from BeginItemLoopCalculator.

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

    Source: MediaPipe, calculators/core/end_item_loop_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("ITEM", doc="a result, at an inner time"),
            Port("BATCH_END", int, doc="the time outside, with the last element"),
        ),
        outputs=(Port("ITEM", repeated=True, same_as="ITEM", doc="result by result"),),
        timestamp_offset=None,
        settles=True,
    )

    def open(self, context: Context) -> None:
        """Start with no results."""
        self._results: list[Packet] = []

    def process(self, context: Context) -> None:
        """Keep a result; at the end, emit all of them.

        Raises:
            ValueError: there are more or fewer results than outputs.
        """
        result = context.inputs["ITEM"].packet
        if result is not None:
            self._results.append(result)
        batch_end = context.inputs["BATCH_END"].packet
        if batch_end is None:
            return
        outputs = context.outputs.tagged("ITEM")
        if self._results and len(self._results) != len(outputs):
            raise ValueError(
                f"found {len(self._results)} results for {len(outputs)} outputs; expected one each"
            )
        for output, packet in zip(outputs, self._results, strict=False):
            output.add(packet.at(batch_end.value))
        for output in outputs:
            output.advance(next_allowed(batch_end.value))
        self._results = []
