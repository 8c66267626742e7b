"""SequenceShiftCalculator: packets at the times of their neighbours."""

from __future__ import annotations

from collections import deque

from pydantic import Field

from graphflow import Calculator, Context, Contract, Options, Packet, Port, register
from graphflow.timestamp import next_allowed


class SequenceShiftOptions(Options):
    """Options of SequenceShiftCalculator."""

    packet_offset: int = Field(
        -1, description="how many packets later is the one whose time is taken; negative: earlier"
    )


@register
class SequenceShiftCalculator(Calculator[SequenceShiftOptions]):
    """Emit each packet at the time of the one so many packets later, or earlier.

    Timing: packet i goes out at the time of packet i + offset. With an offset of -n the first n
    packets are lost, with n the last n.

    Ports: one input, one output, of any type.

    Options: packet_offset (packets; -1).

    Example:
        ```yaml
        input_stream: [landmarks]
        output_stream: [next_landmarks]
        node:
          - calculator: SequenceShiftCalculator
            input_stream: ["landmarks"]
            output_stream: ["next_landmarks"]
            options: {packet_offset: -1}
        ```

    Source: MediaPipe, calculators/core/sequence_shift_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", doc="a stream"),),
        outputs=(Port("", same_as="", doc="its packets at other times"),),
        options=SequenceShiftOptions,
        timestamp_offset=None,
        process_timestamps=True,
    )

    def open(self, context: Context) -> None:
        """Start with nothing kept."""
        self._packets: deque[Packet] = deque()
        self._times: deque[int] = deque()

    def process(self, context: Context) -> None:
        """Shift one packet, or hand on what is settled."""
        packet = context.inputs[0].packet
        output = context.outputs[0]
        offset = self.options.packet_offset
        if packet is not None:
            self._packets.append(packet)
            self._times.append(packet.timestamp)
            if offset >= 0 and len(self._packets) > offset:
                output.add(self._packets.popleft().at(packet.timestamp))
            if offset < 0 and len(self._times) > -offset:
                output.add(packet.at(self._times.popleft()))
        if offset >= 0:
            self._times.clear()
            output.advance(next_allowed(context.timestamp))
        else:
            self._packets.clear()
            if self._times:
                output.advance(self._times[0])
