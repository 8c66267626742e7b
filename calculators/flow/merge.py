"""MergeCalculator: one stream out of several."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MergeCalculator(Calculator[NoOptions]):
    """Pass, at each timestamp, the packet of the first input that has one.

    Timing: runs once all inputs are settled at a timestamp; where all are empty there is no output
    packet, and the time is settled.

    Ports: one or more inputs without tag, in order of preference; one output. The payload types of
    the inputs may differ.

    Options: none.

    Example:
        ```yaml
        input_stream: [roi_from_tracking, roi_from_detection]
        output_stream: [roi]
        node:
          - calculator: MergeCalculator
            input_stream: ["roi_from_tracking", "roi_from_detection"]
            output_stream: ["roi"]
        ```

    Source: MediaPipe, calculators/core/merge_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="the streams, most wanted first"),),
        outputs=(Port("", doc="the first packet found"),),
    )

    def process(self, context: Context) -> None:
        """Pass the first packet there is."""
        has_one = False
        for candidate in context.inputs.tagged(""):
            if candidate.packet is None:
                continue
            if has_one:
                candidate.leave_out("a stream before it has a packet")
            else:
                context.outputs[0].add(candidate.packet)
                has_one = True
