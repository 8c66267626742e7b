"""SequenceShiftCalculator: packets at the times of their neighbours."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from pydantic import Field

from calculators.headers import pass_headers
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register

_AT_THE_END = "no packet is so far before or behind it"


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
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SequenceShiftOptions]) -> Contract:
        """Promise outputs at the inputs' times where packets go out late, and nothing else."""
        offset = 0 if node.options.packet_offset >= 0 else None
        return replace(cls.contract, timestamp_offset=offset)

    def open(self, context: Context) -> None:
        """Pass the header, and start with nothing kept."""
        pass_headers(context)
        self._packets: deque[Packet] = deque()
        self._times: deque[int] = deque()

    def process(self, context: Context) -> None:
        """Shift one packet."""
        packet = context.inputs[0].packet
        if packet is None:
            return
        output = context.outputs[0]
        offset = self.options.packet_offset
        if offset >= 0:
            self._packets.append(packet)
            if len(self._packets) > offset:
                output.add(self._packets.popleft().at(packet.timestamp))
            return
        self._times.append(packet.timestamp)
        if len(self._times) > -offset:
            output.add(packet.at(self._times.popleft()))
        else:
            context.inputs[0].leave_out(_AT_THE_END)
        output.advance(self._times[0])

    def close(self, context: Context) -> None:
        """Tell of the packets whose times never came."""
        if self._packets:
            context.inputs[0].leave_out(_AT_THE_END, len(self._packets))
