"""PacketLatencyCalculator: how late packets come, by the clock, and how often how late.

Theory. The first packet of the reference stream sets the zero: its timestamp and the clock's time
then belong together. Whatever comes later should come at that clock time plus the difference of the
timestamps; what it comes later is its latency.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.nodes.codecs import register_record
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.running.clock import CLOCK
from graphflow.words.errors import UsageError
from graphflow.words.quick_dataclass import dataclass

REFERENCE_SIGNAL: Final = "REFERENCE_SIGNAL"


@register_record
@dataclass(frozen=True)
class PacketLatency:
    """How late the packets of a stream come, all in microseconds.

    Attributes:
        label: of the stream.
        current_latency_usec: of the newest packet.
        counts: how many packets had a latency in each interval, the first from 0; the last one
            has all that are later.
        interval_size_usec: width of an interval.
        sum_latency_usec, min_latency_usec, max_latency_usec: of all packets since the last reset.
    """

    label: str
    current_latency_usec: int
    counts: tuple[int, ...]
    interval_size_usec: int
    sum_latency_usec: int
    min_latency_usec: int
    max_latency_usec: int

    @property
    def avg_latency_usec(self) -> float:
        """The mean of all packets since the last reset."""
        return self.sum_latency_usec / sum(self.counts)


class PacketLatencyOptions(Options):
    """Options of PacketLatencyCalculator."""

    num_intervals: int = Field(10, ge=1, description="intervals of the histogram")
    interval_size_usec: int = Field(10_000, ge=1, description="width of an interval, microseconds")
    reset_duration_usec: int = Field(
        0, ge=0, description="clock time after which counting begins anew, microseconds; 0: never"
    )
    packet_labels: tuple[str, ...] = Field((), description="one for each stream, or none")


@register
class PacketLatencyCalculator(Calculator[PacketLatencyOptions]):
    """Tell how much later than a reference stream other streams come, by the clock.

    Timing: one result for each packet, at its time. Packets before the first of REFERENCE_SIGNAL
    give none. Each stream is read by itself.

    Ports: any number of streams, and as many outputs, in the same order. REFERENCE_SIGNAL, whose
    first packet is on time. The clock is the service `CLOCK`.

    Options: num_intervals (1 or more; 10), interval_size_usec (microseconds, 1 or more; 10000),
    reset_duration_usec (microseconds; 0 for never), packet_labels (one for each stream, or none).

    Example:
        ```yaml
        input_stream: [image, result]
        output_stream: [latency]
        node:
          - calculator: PacketLatencyCalculator
            input_stream: ["result", "REFERENCE_SIGNAL:image"]
            output_stream: ["latency"]
            options: {packet_labels: [result]}
        ```

    Source: MediaPipe, calculators/util/packet_latency_calculator.cc. There the clock is a side
        packet.
    """

    contract = Contract(
        inputs=(
            Port("", repeated=True, doc="streams that may be late"),
            Port(REFERENCE_SIGNAL, doc="the stream that is on time"),
        ),
        outputs=(Port("", PacketLatency, repeated=True, doc="how late each stream comes"),),
        options=PacketLatencyOptions,
        input_policy=ImmediatePolicy(),
        services=(CLOCK,),
        varies_with="the clock",
    )

    def open(self, context: Context) -> None:
        """Start without a reference.

        Raises:
            UsageError: streams, outputs and labels are not as many.
        """
        labels, count = self.options.packet_labels, len(context.inputs.tagged(""))
        if len(context.outputs) != count or len(labels) not in (0, count):
            raise UsageError(
                f"found {count} streams besides {REFERENCE_SIGNAL}, {len(context.outputs)} outputs "
                f"and {len(labels)} labels; expected as many outputs as streams, and as many "
                "labels, or none"
            )
        self._labels = labels or ("",) * count
        self._zero_us: int | None = None  # clock time minus timestamp, of the first reference
        self._reset_at_us = 0
        self._latest: list[PacketLatency | None] = [None] * count

    def process(self, context: Context) -> None:
        """Tell how late this timestamp's packets are."""
        now_us, reset_us = context.service(CLOCK).now_us, self.options.reset_duration_usec
        if self._zero_us is None:
            if context.inputs[REFERENCE_SIGNAL].is_empty:
                return
            self._zero_us = now_us - context.timestamp
            self._reset_at_us = now_us + reset_us
        if reset_us and now_us >= self._reset_at_us:
            self._latest = [None] * len(self._latest)
            self._reset_at_us = now_us + reset_us
        latency_us = now_us - context.timestamp - self._zero_us
        for at, port in enumerate(context.inputs.tagged("")):
            if not port.is_empty:
                self._latest[at] = counted = self._counted(at, latency_us)
                context.outputs["", at].emit(counted)

    def _counted(self, at: int, latency_us: int) -> PacketLatency:
        options, before = self.options, self._latest[at]
        counts = [0] * options.num_intervals if before is None else list(before.counts)
        interval = min(max(latency_us, 0) // options.interval_size_usec, options.num_intervals - 1)
        counts[interval] += 1
        return PacketLatency(
            self._labels[at],
            latency_us,
            tuple(counts),
            options.interval_size_usec,
            latency_us + (0 if before is None else before.sum_latency_usec),
            latency_us if before is None else min(latency_us, before.min_latency_usec),
            latency_us if before is None else max(latency_us, before.max_latency_usec),
        )
