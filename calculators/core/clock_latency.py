"""ClockLatencyCalculator: how much later things happened than a reference."""

from __future__ import annotations

from graphflow import ANY_TAG, Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import UsageError

REFERENCE = "REFERENCE"


@register
class ClockLatencyCalculator(Calculator[NoOptions]):
    """Subtract a reference time from other clock times of the same timestamp.

    Timing: at each timestamp, the difference of every stream that has a time; nothing for one that
    has none. A time without a reference is an error.

    Ports: streams of clock times, as those of ClockTimestampCalculator, and outputs that mirror
    them. REFERENCE, the clock times that are subtracted.

    Options: none.

    Example:
        ```yaml
        input_stream: [image, result]
        output_stream: [latency_us]
        node:
          - calculator: ClockTimestampCalculator
            input_stream: ["image"]
            output_stream: ["image_us"]
          - calculator: ClockTimestampCalculator
            input_stream: ["result"]
            output_stream: ["result_us"]
          - calculator: ClockLatencyCalculator
            input_stream: ["result_us", "REFERENCE:image_us"]
            output_stream: ["latency_us"]
        ```

    Source: MediaPipe, calculators/util/clock_latency_calculator.cc. There times are absl::Time and
        differences absl::Duration.
    """

    contract = Contract(
        inputs=(
            Port(ANY_TAG, int, doc="clock times, microseconds"),
            Port(REFERENCE, int, doc="clock times that are subtracted, microseconds"),
        ),
        outputs=(Port(ANY_TAG, int, doc="how much later, microseconds"),),
    )

    def process(self, context: Context) -> None:
        """Subtract the reference.

        Raises:
            UsageError: there is a time, and no reference.
        """
        times = [
            (port, port.value) for port in context.inputs if port.tag != REFERENCE and port.packet
        ]
        if not times:
            return
        reference = context.inputs[REFERENCE]
        if reference.is_empty:
            raise UsageError("REFERENCE is empty at this time; expected a clock time for each")
        for port, time_us in times:
            context.outputs[port.tag, port.index].emit(time_us - reference.value)
