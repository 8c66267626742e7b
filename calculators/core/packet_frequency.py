"""PacketFrequencyCalculator: how many packets a second a stream carries."""

from __future__ import annotations

from collections import deque
from typing import Final

from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.nodes.codecs import register_record
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.words.errors import UsageError
from graphflow.words.quick_dataclass import dataclass

_US_PER_SECOND: Final = 1_000_000


@register_record
@dataclass(frozen=True)
class PacketFrequency:
    """How often packets come.

    Attributes:
        packet_frequency_hz: over the time window; 0 for the first packet in it.
        label: of the stream.
    """

    packet_frequency_hz: float
    label: str


class PacketFrequencyOptions(Options):
    """Options of PacketFrequencyCalculator."""

    time_window_sec: float = Field(3.0, gt=0, description="seconds over which is averaged")
    label: tuple[str, ...] = Field((), description="one for each input, in order; none for none")


@register
class PacketFrequencyCalculator(Calculator[PacketFrequencyOptions]):
    """Tell for each stream how many packets a second it carries, by their timestamps.

    Timing: one result for each packet, at its time: the gaps between the packets of the window that
    ends here, divided by the time from the first of them. Each stream is read by itself.

    Ports: any number of streams, and as many outputs, in the same order.

    Options: time_window_sec (seconds, above 0; 3.0), label (one for each stream, or none).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [frame_rate]
        node:
          - calculator: PacketFrequencyCalculator
            input_stream: ["image"]
            output_stream: ["frame_rate"]
            options: {time_window_sec: 3.0, label: [image]}
        ```

    Source: MediaPipe, calculators/util/packet_frequency_calculator.cc.
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="any packets"),),
        outputs=(Port("", PacketFrequency, repeated=True, doc="how often each input's come"),),
        options=PacketFrequencyOptions,
        input_policy=ImmediatePolicy(),
        varies_with="",
    )

    def open(self, context: Context) -> None:
        """Start without any packets.

        Raises:
            UsageError: inputs, outputs and labels are not as many.
        """
        labels, count = self.options.label, len(context.inputs)
        if len(context.outputs) != count or len(labels) not in (0, count):
            raise UsageError(
                f"found {count} inputs, {len(context.outputs)} outputs and {len(labels)} labels; "
                "expected as many outputs as inputs, and as many labels, or none"
            )
        self._labels = labels or ("",) * count
        self._window_us = round(self.options.time_window_sec * _US_PER_SECOND)
        self._times_us: list[deque[int]] = [deque() for _ in context.inputs]

    def process(self, context: Context) -> None:
        """Count the packets that have come."""
        for at, port in enumerate(context.inputs):
            if port.packet is None:
                continue
            now_us, times_us = context.timestamp, self._times_us[at]
            times_us.append(now_us)
            while times_us[0] < now_us - self._window_us:
                times_us.popleft()
            span_us = now_us - times_us[0]
            frequency_hz = (len(times_us) - 1) * _US_PER_SECOND / span_us if span_us else 0.0
            context.outputs[at].emit(PacketFrequency(frequency_hz, self._labels[at]))
