"""PacketThinnerCalculator: fewer packets of a stream.

Theory. There are two ways to thin a stream:

* ASYNC: a packet passes, and the next ones don't until a period is over. Only the time since the
  last packet counts.
* SYNC: periods lie on a grid, each centred at `start_time + i * period`. Of each period the packet
  nearest to the centre passes, of two equally near the later one. Which one that is shows only when
  the period is over, so one packet is always kept back.

Invariant: a kept packet is the nearest so far of the period that it is in.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from pydantic import Field

from calculators.side_options import OPTIONS, count_given, with_changes
from calculators.types import VideoHeader
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.nodes.context import Input, Output
from graphflow.words.errors import ContractError, UsageError
from graphflow.words.timestamp import MAX, MIN, PRESTREAM, next_allowed, shifted

VIDEO_HEADER, PERIOD = "VIDEO_HEADER", "PERIOD"

_OUTSIDE = "it lies outside of the limits"
_THINNED = "another packet of its period passed"

ThinnerType = Literal["ASYNC", "SYNC"]


class PacketThinnerOptions(Options):
    """Options of PacketThinnerCalculator."""

    thinner_type: ThinnerType = Field("ASYNC", description="how packets are chosen")
    period: int = Field(1, ge=1, description="microseconds for which one packet passes")
    start_time: int | None = Field(
        None, description="packets before it are dropped, microseconds; SYNC: the grid's origin, 0"
    )
    end_time: int | None = Field(
        None, description="packets at it and after it are dropped, microseconds"
    )
    sync_output_timestamps: bool = Field(
        True, description="SYNC: whether packets get the time of their period's centre"
    )
    update_frame_rate: bool = Field(
        False, description="whether VIDEO_HEADER gets the frame rate that is left"
    )

    @property
    def limits(self) -> tuple[int, int]:
        """Start and end, microseconds, defaults filled in."""
        default_start = MIN if self.thinner_type == "ASYNC" else 0
        start = default_start if self.start_time is None else self.start_time
        return start, MAX if self.end_time is None else self.end_time

    @property
    def limits_fault(self) -> str:
        """What is wrong with the limits; "" for nothing."""
        start, end = self.limits
        if start < end:
            return ""
        return f"found start_time {start} and end_time {end}; expected the first to be lower"


@register
class PacketThinnerCalculator(Calculator[PacketThinnerOptions]):
    """Let one packet in a period pass, and drop the others.

    Timing: ASYNC: a packet passes at its own time, and none within a period after it. SYNC: the
    packet nearest to the centre of its period passes once the input is settled beyond the period,
    at the centre's time or at its own; the last one passes at the end. At `end_time` the output
    ends.

    Ports: one stream and its output. The header of the stream, and VIDEO_HEADER, before all
    packets, pass too, where wanted with the new frame rate. The side packet PERIOD overrides the
    option; OPTIONS, as side packet, has options that replace those of the node. The ledger counts
    the packets that do not pass.

    Options: thinner_type (ASYNC or SYNC; ASYNC), period (microseconds, 1 or more; 1), start_time
    and end_time (microseconds; none, SYNC starts at 0), sync_output_timestamps (true),
    update_frame_rate (false).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [image_each_second]
        node:
          - calculator: PacketThinnerCalculator
            input_stream: ["image"]
            output_stream: ["image_each_second"]
            options: {thinner_type: SYNC, period: 1000000, sync_output_timestamps: false}
        ```

    Source: MediaPipe, calculators/core/packet_thinner_calculator.cc. There a SYNC packet
        passes only when another one comes.
    """

    contract = Contract(
        inputs=(
            Port("", doc="a stream"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: its frame rate"),
        ),
        outputs=(
            Port("", same_as="", doc="the packets that pass"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: what is left of it"),
        ),
        side_inputs=(
            Port(PERIOD, int, optional=True, doc="microseconds, 1 or more"),
            Port(OPTIONS, PacketThinnerOptions, optional=True, doc="options that count first"),
        ),
        options=PacketThinnerOptions,
        timestamp_offset=None,
        reads_headers=True,
        process_timestamps=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[PacketThinnerOptions]) -> Contract:
        """Check the limits.

        Raises:
            ContractError: the end does not lie after the start.
        """
        if node.options.limits_fault:
            raise ContractError(node.options.limits_fault)
        return cls.contract

    def open(self, context: Context) -> None:
        """Read period and limits.

        Raises:
            UsageError: the period makes no sense, or the limits that OPTIONS give don't.
        """
        options: PacketThinnerOptions
        options = self._choice = with_changes(self.options, context.side_inputs.get(OPTIONS))
        if options.limits_fault:
            raise UsageError(f"side packet OPTIONS: {options.limits_fault}")
        self._is_async = options.thinner_type == "ASYNC"
        self._period = count_given(context, PERIOD, options.period)
        self._start, self._end = options.limits
        self._next_start = self._start
        self._kept: Packet | None = None
        header = context.inputs[""].header
        if header is not None:
            context.outputs[""].set_header(self._thinned(header))
        context.outputs[""].advance(self._start)

    def process(self, context: Context) -> None:
        """Look at one packet, or at a time without one."""
        self._pass_header(context)
        data, output = context.inputs[""], context.outputs[""]
        if data.packet is not None and not self._start <= data.packet.timestamp < self._end:
            data.leave_out(_OUTSIDE)
        if data.settled >= self._end:
            self._emit_kept(output)
            output.close()
        elif data.settled >= self._start:
            thin = self._thin_async if self._is_async else self._thin_sync
            thin(data, output)

    def close(self, context: Context) -> None:
        """Let the last packet pass."""
        self._emit_kept(context.outputs[""])

    def _thin_async(self, data: Input, output: Output) -> None:
        packet = data.packet
        if packet is not None and packet.timestamp >= self._next_start:
            output.add(packet)
            self._next_start = shifted(packet.timestamp, self._period)
        elif packet is not None:
            data.leave_out(_THINNED)
        output.advance(max(self._next_start, next_allowed(data.settled)))

    def _thin_sync(self, data: Input, output: Output) -> None:
        packet, settled = data.packet, data.settled
        reached = settled if packet is not None else settled + 1
        if self._kept is not None and self._centre(reached) > self._centre(self._kept.timestamp):
            self._emit_kept(output)
        if packet is not None:
            if self._kept is not None:
                data.leave_out(_THINNED)
            if self._kept is None or self._is_nearer(packet, self._kept):
                self._kept = packet
        lowest = settled + 1 if self._kept is None else self._kept.timestamp
        output.advance(self._centre(lowest) if self._choice.sync_output_timestamps else lowest)

    def _is_nearer(self, packet: Packet, kept: Packet) -> bool:
        centre = self._centre(packet.timestamp)
        return abs(packet.timestamp - centre) <= abs(kept.timestamp - centre)

    def _centre(self, time: int) -> int:
        """Return the centre of the period that an ordinary time from the start on lies in."""
        number = (time - self._start + self._period // 2) // self._period
        return min(MAX, self._start + number * self._period)

    def _emit_kept(self, output: Output) -> None:
        if self._kept is not None:
            time = self._kept.timestamp
            output.add(
                self._kept.at(self._centre(time) if self._choice.sync_output_timestamps else time)
            )
            self._kept = None

    def _thinned(self, header: Any) -> Any:
        """Return a header; of a video, where that is wanted, with the frame rate that is left."""
        is_video = isinstance(header, VideoHeader) and header.frame_rate is not None
        if not (self._choice.update_frame_rate and is_video):
            return header
        rate = thinned_frame_rate(header.frame_rate, self._period, self._choice.thinner_type)
        return replace(header, frame_rate=rate, frame_count=None)

    def _pass_header(self, context: Context) -> None:
        header, output = context.inputs.get(VIDEO_HEADER), context.outputs.get(VIDEO_HEADER)
        if header is None or output is None:
            return
        if header.packet is not None and header.packet.timestamp == PRESTREAM:
            output.add(Packet(self._thinned(header.packet.value), PRESTREAM))
        elif header.settled >= MIN:
            output.advance(next_allowed(header.settled))


def thinned_frame_rate(frame_rate: Fraction, period_us: int, thinner_type: ThinnerType) -> Fraction:
    """Return what is left of a frame rate.

    Args:
        frame_rate: frames per second, > 0.
        period_us: of the thinner, microseconds, 1 or more.
        thinner_type: ASYNC lets every n-th frame pass; SYNC one in a period, on average.
    """
    frames_in_period = frame_rate * period_us / 1_000_000
    if thinner_type == "ASYNC":
        return frame_rate / ceil(frames_in_period)
    return min(frame_rate, Fraction(1_000_000, period_us))
