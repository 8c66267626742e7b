"""EndLoopCalculator: put together again what BeginLoopCalculator took apart."""

from __future__ import annotations

from typing import Any

from graphflow import Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import next_allowed


@register
class EndLoopCalculator(Calculator[NoOptions]):
    """Collect the results of a loop's body, and emit them at the time of the whole collection.

    Timing: results are kept until BATCH_END comes; then they are emitted, at the time that
    BATCH_END carries. Where there were none, that time is settled. The body must settle every
    element's time, with a result or without.

    Ports: ITEM, the results; BATCH_END, from BeginLoopCalculator; ITERABLE, a tuple of the results
    in order, one for each element that gave one.

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

    Source: MediaPipe, calculators/core/end_loop_calculator.h, which is registered once for each
        type of element.
    """

    contract = Contract(
        inputs=(
            Port("ITEM", doc="a result, at an inner time"),
            Port("BATCH_END", int, doc="the time outside, with the last element"),
        ),
        outputs=(Port("ITERABLE", doc="tuple of the results"),),
        timestamp_offset=None,
        settles=True,
    )

    def open(self, context: Context) -> None:
        """Start with no results."""
        self._results: list[Any] = []

    def process(self, context: Context) -> None:
        """Keep a result; at the end of a collection, emit all of them."""
        result = context.inputs["ITEM"].packet
        if result is not None:
            self._results.append(result.value)
        batch_end = context.inputs["BATCH_END"].packet
        if batch_end is None:
            return
        if self._results:
            context.outputs["ITERABLE"].add(Packet(tuple(self._results), batch_end.value))
            self._results = []
        else:
            context.outputs["ITERABLE"].advance(next_allowed(batch_end.value))
