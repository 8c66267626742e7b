"""PacketResamplerCalculator: a stream at a rate, which the option says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from pydantic import Field

from calculators.core.sampling_grid import SECOND_US, GridSampler, Sampler, grid_from
from calculators.core.sampling_jitter import Jitter, JitterSampler, ReproducibleSampler
from calculators.side_options import OPTIONS, with_changes
from calculators.types import VideoHeader
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.nodes.context import Output
from graphflow.words.errors import ContractError, UsageError
from graphflow.words.timestamp import MAX, MIN, PRESTREAM, is_range_value

DATA, VIDEO_HEADER, SEED = "DATA", "VIDEO_HEADER", "SEED"

OutputHeader = Literal["NONE", "PASS_HEADER", "UPDATE_VIDEO_HEADER"]


class PacketResamplerOptions(Options):
    """Options of PacketResamplerCalculator."""

    frame_rate: float = Field(gt=0, le=SECOND_US, description="packets per second that go out")
    output_header: OutputHeader = Field(
        "NONE",
        description="what becomes of the stream's header: nothing, passed, or with the new rate",
    )
    flush_last_packet: bool = Field(
        True,
        description="whether the last packet goes out though its period's centre lies after it; "
        "without jitter",
    )
    jitter: float = Field(
        0.0, ge=0.0, le=1.0, description="how far sampling times move at random, in periods"
    )
    jitter_with_reflection: bool = Field(
        False, description="whether each sampling time stays in a period of its own"
    )
    reproducible_sampling: bool = Field(
        False,
        description="whether periods are counted from time 0, so that a part of a stream is "
        "sampled as the whole; with reflection",
    )
    base_timestamp: int | None = Field(
        None,
        description="a time on the grid, microseconds; by default the first packet's; without "
        "jitter",
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

    @property
    def is_random(self) -> bool:
        """Whether sampling times are drawn, and so need a seed."""
        return self.jitter > 0 or self.reproducible_sampling


@register
class PacketResamplerCalculator(Calculator[PacketResamplerOptions]):
    """Emit packets at a rate: of each period the nearest one, or the newest before it.

    Timing: without jitter outputs have the times of a grid, the first one at the first packet's
    time or, with `base_timestamp`, at the nearest of the grid. A packet goes out when one at or
    after the time of the output is there. With `jitter` the times move about at random: freely,
    each from the one before; with `jitter_with_reflection` each within a period of its own,
    counted from the first packet; with `reproducible_sampling` from time 0. The same seed gives
    the same times. The ledger counts packets that never went out.

    Ports: the stream as DATA or without tag, and so the output. VIDEO_HEADER, before all packets,
    passes with the new frame rate; an output VIDEO_HEADER without an input has the rate alone. The
    side packet SEED, any text, must be there where times are random. OPTIONS, as side packet, has
    options that replace those of the node.

    Options: frame_rate (packets per second, up to 1000000; must be given), output_header (NONE,
    PASS_HEADER or UPDATE_VIDEO_HEADER; NONE), flush_last_packet (true; without jitter), jitter
    (periods, 0.0 to 1.0; 0.0), jitter_with_reflection (false), reproducible_sampling (false),
    base_timestamp, start_time, end_time (microseconds; none), round_limits (false),
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

    Source: MediaPipe, calculators/core/packet_resampler_calculator.cc. There jitter needs a source
    of random numbers that is not part of MediaPipe; here it is Python's own.
    """

    contract = Contract(
        inputs=(
            Port(DATA, optional=True, doc="a stream"),
            Port("", optional=True, doc="a stream, if DATA is not connected"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: its frame rate"),
        ),
        outputs=(
            Port(DATA, optional=True, same_as=DATA, doc="its packets at the rate"),
            Port("", optional=True, same_as="", doc="its packets at the rate"),
            Port(VIDEO_HEADER, VideoHeader, optional=True, doc="at PRESTREAM: with the new rate"),
        ),
        side_inputs=(
            Port(SEED, str, optional=True, doc="any text; the same one gives the same times"),
            Port(OPTIONS, PacketResamplerOptions, optional=True, doc="options that count first"),
        ),
        options=PacketResamplerOptions,
        timestamp_offset=None,
        settles=True,
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[PacketResamplerOptions]) -> Contract:
        """Check that there is one stream, besides the headers, and a seed where it is needed.

        Raises:
            ContractError: not exactly one input and one output is connected; or no seed is.
        """
        inputs = [tag for tag, _ in node.inputs if tag != VIDEO_HEADER]
        outputs = [tag for tag, _ in node.outputs if tag != VIDEO_HEADER]
        if len(inputs) != 1 or len(outputs) != 1:
            raise ContractError(
                f"found {len(inputs)} input streams and {len(outputs)} output streams; "
                "expected one of both, as DATA or without tag"
            )
        if node.options.is_random and SEED not in node.side_inputs:
            raise ContractError(_WITHOUT_SEED)
        data = Port(outputs[0], same_as=inputs[0])
        return replace(cls.contract, outputs=(data, cls.contract.outputs[2]))

    def open(self, context: Context) -> None:
        """Find the streams, and start with no packet.

        Raises:
            UsageError: OPTIONS ask for jitter, and SEED is not connected.
            ValueError: the rate is to be updated in a header that has none.
        """
        (self._input,) = (port.tag for port in context.inputs if port.tag != VIDEO_HEADER)
        (self._output,) = (port.tag for port in context.outputs if port.tag != VIDEO_HEADER)
        self._choice = with_changes(self.options, context.side_inputs.get(OPTIONS))
        self._seed = context.side_inputs.get(SEED)
        if self._choice.is_random and self._seed is None:
            raise UsageError(_WITHOUT_SEED)
        self._frame_rate = self._limited(self._choice.frame_rate)
        self._header = VideoHeader(0, 0, None, None, None)
        self._is_header_out = False
        self._sampler: Sampler | None = None
        # Packets that never went out so far.
        self._unsent: list[Packet] = []
        self._pass_stream_header(context)

    def process(self, context: Context) -> None:
        """Take a header or a packet.

        Raises:
            ValueError: a packet has no ordinary time, or the header has no frame rate to use; or
                reproducible sampling begins too late.
        """
        header = context.inputs.get(VIDEO_HEADER)
        if header is not None and header.packet is not None and context.timestamp == PRESTREAM:
            self._take_header(header.packet.value)
            self._emit_header(context)
        given, output = context.inputs[self._input], context.outputs[self._output]
        packet = given.packet
        if packet is None:
            return
        if not is_range_value(packet.timestamp):
            raise ValueError("found a packet before or after all times; expected an ordinary time")
        self._emit_header(context)
        if self._sampler is None:
            self._sampler = self._make_sampler(packet.timestamp)
        self._unsent.append(packet)
        for sample, time in self._sampler.take(packet):
            self._emit(sample, time, output)
        held = self._sampler.held
        gone = [each for each in self._unsent if not any(each is one for one in held)]
        if gone:
            given.leave_out(_NOT_CHOSEN, len(gone))
            self._unsent = [each for each in self._unsent if any(each is one for one in held)]
        output.advance(self._sampler.bound)

    def close(self, context: Context) -> None:
        """Let the last packet out, if nothing of its period is."""
        if self._sampler is not None:
            for sample, time in self._sampler.rest():
                self._emit(sample, time, context.outputs[self._output])
        if self._unsent:
            context.inputs[self._input].leave_out(_NOT_CHOSEN, len(self._unsent))

    def _make_sampler(self, first: int) -> Sampler:
        """Return what chooses packets of a stream that begins at a time."""
        choice = self._choice
        if not choice.is_random:
            grid = grid_from(first, self._frame_rate, choice.base_timestamp)
            return GridSampler(grid, has_last=choice.flush_last_packet)
        jitter = Jitter(self._frame_rate, choice.jitter, self._seed)
        if choice.reproducible_sampling:
            return ReproducibleSampler(jitter, first)
        return JitterSampler(jitter, is_reflected=choice.jitter_with_reflection)

    def _emit(self, packet: Packet, time: int, output: Output) -> None:
        """Emit a packet unless it lies outside of the limits."""
        choice = self._choice
        margin_us = int(SECOND_US / self._frame_rate) // 2 if choice.round_limits else 0
        start = MIN if choice.start_time is None else choice.start_time
        end = MAX if choice.end_time is None else choice.end_time
        if start - margin_us <= time < end + margin_us:
            output.add(packet.at(time))
            self._unsent = [each for each in self._unsent if each is not packet]

    def _pass_stream_header(self, context: Context) -> None:
        """Pass the header of the stream itself, if that is wanted."""
        header = context.inputs[self._input].header
        if header is None or self._choice.output_header == "NONE":
            return
        if self._choice.output_header == "UPDATE_VIDEO_HEADER":
            if not isinstance(header, VideoHeader):
                raise ValueError(
                    f"output_header: found a header of type {type(header).__name__}; expected "
                    "VideoHeader, the only one in which a rate can be updated"
                )
            self._header = header
            header = self._resampled(header)
        context.outputs[self._output].set_header(header)

    def _take_header(self, header: VideoHeader) -> None:
        self._header = header
        if self._choice.use_input_frame_rate:
            if header.frame_rate is None:
                raise ValueError("use_input_frame_rate: found a VIDEO_HEADER without frame rate")
            self._frame_rate = self._limited(float(header.frame_rate))

    def _emit_header(self, context: Context) -> None:
        output = context.outputs.get(VIDEO_HEADER)
        if output is not None and not self._is_header_out:
            output.add(Packet(self._resampled(self._header), PRESTREAM))
            self._is_header_out = True

    def _resampled(self, header: VideoHeader) -> VideoHeader:
        """Return a header with the rate at which packets go out."""
        rate = Fraction(self._frame_rate).limit_denominator(SECOND_US)
        return replace(header, frame_rate=rate, frame_count=None)

    def _limited(self, frame_rate: float) -> float:
        highest = self._choice.max_frame_rate
        return frame_rate if highest is None else min(frame_rate, highest)


_WITHOUT_SEED = (
    "jitter: found no side packet SEED; expected one, any text, so that a run can be repeated"
)
_NOT_CHOSEN = "another packet was nearer, or it lies outside of the limits"
