"""PacketResamplerCalculator: a stream at a fixed rate.

Theory. Outputs lie on a grid of times, `first + k / frame_rate`, rounded to microseconds; each is
the centre of a period that reaches half a period to both sides. Of the packets in a period the one
nearest to the centre goes out, of two equally near the later one; into a period without packets
goes the newest one before it. The choice is made as soon as a packet at or after the centre is
there, for from then on none can be nearer.

Invariants: all periods before number `_period` are answered, and no packet before the output's
bound, which is that period's centre, will be emitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Final

from pydantic import Field

from calculators.types import VideoHeader
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.nodes.context import Output
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import MAX, MIN, PRESTREAM, is_range_value

DATA, VIDEO_HEADER = "DATA", "VIDEO_HEADER"
SECOND_US: Final = 1_000_000


class PacketResamplerOptions(Options):
    """Options of PacketResamplerCalculator."""

    frame_rate: float = Field(gt=0, le=SECOND_US, description="packets per second that go out")
    flush_last_packet: bool = Field(
        True,
        description="whether the last packet goes out though its period's centre lies after it",
    )
    base_timestamp: int | None = Field(
        None, description="a time on the grid, microseconds; by default the first packet's"
    )
    start_time: int | None = Field(
        None, description="what would go out before it is dropped, microseconds"
    )
    end_time: int | None = Field(
        None, description="what would go out at it or after it is dropped, microseconds"
    )
    round_limits: bool = Field(
        False, description="whether the limits are those of the grid that are nearest to them"
    )
    use_input_frame_rate: bool = Field(
        False, description="whether VIDEO_HEADER, if it comes, says the frame rate instead"
    )
    max_frame_rate: float | None = Field(
        None, gt=0, le=SECOND_US, description="the highest frame rate, wherever it is from"
    )


@dataclass(frozen=True)
class Grid:
    """Times at a fixed rate.

    Attributes:
        first: time of period 0, microseconds.
        frame_rate: periods per second.
    """

    first: int
    frame_rate: float

    def time_of(self, period: int) -> int:
        """Return the centre of a period, microseconds."""
        return self.first + rounded(period / self.frame_rate * SECOND_US)

    def period_at(self, time: int) -> int:
        """Return the number of the period that a time lies in."""
        return rounded((time - self.first) / SECOND_US * self.frame_rate)


def rounded(number: float) -> int:
    """Return the nearest integer, of two equally near the one further from zero."""
    return floor(number + 0.5) if number >= 0 else -floor(0.5 - number)


@register
class PacketResamplerCalculator(Calculator[PacketResamplerOptions]):
    """Emit packets at a fixed rate: of each period the nearest one, or the newest before it.

    Timing: outputs have the times of the grid, the first one at the first packet's or, with
    `base_timestamp`, at the nearest of the grid. A packet goes out when one at or after the time of
    the output is there.

    Ports: the stream as DATA or without tag, and so the output. VIDEO_HEADER, before all packets,
    passes with the new frame rate; an output VIDEO_HEADER without an input has the rate alone.

    Options: frame_rate (packets per second, up to 1000000; must be given), flush_last_packet
    (true), base_timestamp, start_time, end_time (microseconds; none), round_limits (false),
    use_input_frame_rate (false), max_frame_rate (none).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [steady_image]
        node:
          - calculator: PacketResamplerCalculator
            input_stream: ["DATA:image"]
            output_stream: ["DATA:steady_image"]
            options: {frame_rate: 15, base_timestamp: 0}
        ```

    Source: MediaPipe, calculators/core/packet_resampler_calculator.cc. Its jitter is not offered;
        there, too, it needs a source of random numbers that is not part of MediaPipe.
    """

    contract = Contract(
        inputs=(
            Port(DATA, optional=True, doc="a stream"),
            Port("", optional=True, doc="a stream, if DATA is not connected"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: its frame rate"),
        ),
        outputs=(
            Port(DATA, optional=True, same_as=DATA, doc="its packets at the fixed rate"),
            Port("", optional=True, same_as="", doc="its packets at the fixed rate"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: with the new rate"),
        ),
        options=PacketResamplerOptions,
        timestamp_offset=None,
        settles=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[PacketResamplerOptions]) -> Contract:
        """Check that there is one stream, besides the headers.

        Raises:
            ContractError: not exactly one input and one output is connected.
        """
        inputs = [tag for tag, _ in node.inputs if tag != VIDEO_HEADER]
        outputs = [tag for tag, _ in node.outputs if tag != VIDEO_HEADER]
        if len(inputs) != 1 or len(outputs) != 1:
            raise ContractError(
                f"found {len(inputs)} input streams and {len(outputs)} output streams; "
                "expected one of both, as DATA or without tag"
            )
        data = Port(outputs[0], same_as=inputs[0])
        return replace(cls.contract, outputs=(data, cls.contract.outputs[2]))

    def open(self, context: Context) -> None:
        """Find the streams, and start with no packet."""
        (self._input,) = (port.tag for port in context.inputs if port.tag != VIDEO_HEADER)
        (self._output,) = (port.tag for port in context.outputs if port.tag != VIDEO_HEADER)
        self._frame_rate = self._limited(self.options.frame_rate)
        self._header = VideoHeader(0, 0, None, None, None)
        self._is_header_out = False
        self._grid: Grid | None = None
        self._period = 0
        self._last: Packet | None = None

    def process(self, context: Context) -> None:
        """Take a header or a packet.

        Raises:
            ValueError: a packet has no ordinary time, or the header has no frame rate to use.
        """
        header = context.inputs.get(VIDEO_HEADER)
        if header is not None and header.packet is not None and context.timestamp == PRESTREAM:
            self._take_header(header.packet.value)
            self._emit_header(context)
        packet = context.inputs[self._input].packet
        if packet is None:
            return
        if not is_range_value(packet.timestamp):
            raise ValueError("found a packet before or after all times; expected an ordinary time")
        self._emit_header(context)
        if self._grid is None:
            self._grid = self._grid_from(packet.timestamp)
        self._resample(packet, self._grid, context.outputs[self._output])
        self._last = packet

    def close(self, context: Context) -> None:
        """Let the last packet out, if nothing of its period is."""
        last, grid = self._last, self._grid
        if last is None or grid is None or not self.options.flush_last_packet:
            return
        if grid.period_at(last.timestamp) == self._period:
            self._emit(last.at(grid.time_of(self._period)), context.outputs[self._output])

    def _grid_from(self, time: int) -> Grid:
        """Return the grid whose first time is the packet's, or the nearest to it."""
        base = self.options.base_timestamp
        if base is None:
            return Grid(time, self._frame_rate)
        aligned = Grid(base, self._frame_rate)
        return Grid(aligned.time_of(aligned.period_at(time)), self._frame_rate)

    def _resample(self, packet: Packet, grid: Grid, output: Output) -> None:
        period = grid.period_at(packet.timestamp)
        if period < self._period:
            return
        while self._period < period and self._last is not None:
            self._emit(self._last.at(grid.time_of(self._period)), output)
            self._period += 1
        centre = grid.time_of(self._period)
        if packet.timestamp >= centre:
            last = self._last
            is_nearer = last is None or packet.timestamp - centre <= centre - last.timestamp
            self._emit((packet if last is None or is_nearer else last).at(centre), output)
            self._period += 1
        output.advance(grid.time_of(self._period))

    def _emit(self, packet: Packet, output: Output) -> None:
        """Emit a packet unless it lies outside of the limits."""
        options = self.options
        margin_us = int(SECOND_US / self._frame_rate) // 2 if options.round_limits else 0
        start = MIN if options.start_time is None else options.start_time
        end = MAX if options.end_time is None else options.end_time
        if start - margin_us <= packet.timestamp < end + margin_us:
            output.add(packet)

    def _take_header(self, header: VideoHeader) -> None:
        self._header = header
        if self.options.use_input_frame_rate:
            if header.frame_rate is None:
                raise ValueError("use_input_frame_rate: found a VIDEO_HEADER without frame rate")
            self._frame_rate = self._limited(float(header.frame_rate))

    def _emit_header(self, context: Context) -> None:
        output = context.outputs.get(VIDEO_HEADER)
        if output is not None and not self._is_header_out:
            rate = Fraction(self._frame_rate).limit_denominator(SECOND_US)
            header = replace(self._header, frame_rate=rate, frame_count=None)
            output.add(Packet(header, PRESTREAM))
            self._is_header_out = True

    def _limited(self, frame_rate: float) -> float:
        highest = self.options.max_frame_rate
        return frame_rate if highest is None else min(frame_rate, highest)
