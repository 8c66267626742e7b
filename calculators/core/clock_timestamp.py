"""ClockTimestampCalculator: when a packet came, by the clock."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.running.clock import CLOCK


@register
class ClockTimestampCalculator(Calculator[NoOptions]):
    """Emit for each packet what time the clock shows when it comes.

    Timing: one time for each packet, at the packet's own time.

    Ports: one stream, and its clock times, in microseconds. The clock is the service `CLOCK`: the
    wall clock, unless the application gives another.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [came_us]
        node:
          - calculator: ClockTimestampCalculator
            input_stream: ["image"]
            output_stream: ["came_us"]
        ```

    Source: MediaPipe, calculators/util/clock_timestamp_calculator.cc. There the clock is a side
        packet, and times are absl::Time.
    """

    contract = Contract(
        inputs=(Port("", doc="any packets"),),
        outputs=(Port("", int, doc="clock time of each, microseconds"),),
        services=(CLOCK,),
        varies_with="the clock",
    )

    def process(self, context: Context) -> None:
        """Tell the time."""
        if not context.inputs[0].is_empty:
            context.outputs[0].emit(context.service(CLOCK).now_us)
