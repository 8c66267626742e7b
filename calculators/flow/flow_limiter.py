"""FlowLimiterCalculator: drop frames at the door while those inside are not finished.

Theory. Frames enter a section of the graph here, and its last stream comes back as FINISHED. A
frame is *in flight* from its release until FINISHED is settled at its time, by a packet or by a
bound. What comes while too many are in flight waits in a short queue, the oldest dropped first, so
that the newest frame is worked on next.

The order within a call matters: finished and abandoned frames leave, then frames are released,
then the queue is cut. Releasing before cutting keeps the frame that could have gone.

Invariants, between calls:

* times in flight rise, and every queued frame is later than all of them.
* `len(queue) <= max_in_queue`; if the queue is not empty, `max_in_flight` frames are in flight.
* the main output's bound never passes a queued frame, so FINISHED can't settle one that waits.
"""

from __future__ import annotations

from collections import deque

from pydantic import Field

from calculators.headers import pass_headers
from calculators.side_options import OPTIONS, count_given, with_changes
from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Packet, Port, register
from graphflow.nodes.context import Input, Output
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.words.timestamp import DONE, MAX, is_range_value

FINISHED, ALLOW = "FINISHED", "ALLOW"
MAX_IN_FLIGHT = "MAX_IN_FLIGHT"
OWN = (FINISHED, OPTIONS)


class FlowLimiterOptions(Options):
    """Options of FlowLimiterCalculator."""

    max_in_flight: int = Field(1, ge=1, description="most frames between release and FINISHED")
    max_in_queue: int = Field(0, ge=0, description="most frames that wait; older ones are dropped")
    in_flight_timeout: int = Field(
        0,
        ge=0,
        description="microseconds, in packet time, after which a frame in flight no longer counts; "
        "0 for never",
    )


class _Auxiliary:
    """A stream that is thinned as the main stream is, and the packets that wait for its verdict."""

    def __init__(self, tag: str, index: int) -> None:
        self.key = (tag, index)
        self.queue: deque[Packet] = deque()

    def bound(self, settled: int) -> int:
        """Return the lowest time that this stream may still bring."""
        return self.queue[0].timestamp if self.queue else settled + 1


@register
class FlowLimiterCalculator(Calculator[FlowLimiterOptions]):
    """Let a limited number of frames into a section of the graph, and drop the others.

    Timing: each input is read by itself, bounds included. A frame goes out at its own time, in the
    call in which it comes or, from the queue, in the one that brings FINISHED to the time of a
    frame in flight. FINISHED counts packets and bounds alike, so the section may drop frames as
    long as it settles their times; where it can't, set `in_flight_timeout`. Once FINISHED is done
    nothing holds frames back. Outputs close with their inputs, when no packet waits.

    Ports: the first stream, as the graph writes them, is the main one; further ones are auxiliary:
    their packets pass if the verdict on the last frame at or before them was true. Outputs mirror
    them. FINISHED is the back edge, of any type. ALLOW has the verdict for every frame. OPTIONS, as
    side packet or as stream, has options that replace those of the node for the whole run, or from
    its packet on; the side packet MAX_IN_FLIGHT overrides that one for the beginning.

    Options: max_in_flight (1 or more; 1), max_in_queue (0 or more; 0), in_flight_timeout
    (microseconds of packet time; 0 for none).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [result, is_image_released]
        node:
          - calculator: FlowLimiterCalculator
            input_stream: ["image", "FINISHED:result"]
            input_stream_info: [{tag_index: FINISHED, back_edge: true}]
            output_stream: ["limited_image", "ALLOW:is_image_released"]
            options: {max_in_flight: 1, max_in_queue: 1}
          - calculator: PassThroughCalculator
            input_stream: ["limited_image"]
            output_stream: ["result"]
        ```

    Source: MediaPipe, calculators/core/flow_limiter_calculator.cc. There a FINISHED that is done
    goes on holding frames back.
    """

    contract = Contract(
        inputs=(
            Port(ANY_TAG, doc="the frames, then the streams that are thinned with them"),
            Port(FINISHED, doc="the section's last stream; packet or bound ends a frame's flight"),
            Port(OPTIONS, FlowLimiterOptions, optional=True, doc="the options from now on"),
        ),
        outputs=(
            Port(ANY_TAG, doc="the frames released, then the packets that go with them"),
            Port(ALLOW, bool, optional=True, doc="for every frame: true released, false dropped"),
        ),
        side_inputs=(
            Port(MAX_IN_FLIGHT, int, optional=True, doc="overrides max_in_flight; >= 1"),
            Port(OPTIONS, FlowLimiterOptions, optional=True, doc="options that count first"),
        ),
        options=FlowLimiterOptions,
        timestamp_offset=None,
        process_timestamps=True,
        reads_headers=True,
        input_policy=ImmediatePolicy(),
        loses="frames that come while too many are in flight",
        varies_with="how fast the section behind it is",
    )

    def open(self, context: Context) -> None:
        """Pass headers, and start with nothing in flight.

        Raises:
            UsageError: side packet MAX_IN_FLIGHT is below 1.
        """
        pass_headers(context)
        self._limits = with_changes(self.options, context.side_inputs.get(OPTIONS))
        self._max_in_flight = count_given(context, MAX_IN_FLIGHT, self._limits.max_in_flight)
        keys = [(port.tag, port.index) for port in context.inputs if port.tag not in OWN]
        self._main = keys[0]
        self._auxiliaries = [_Auxiliary(*key) for key in keys[1:]]
        self._queue: deque[Packet] = deque()
        self._in_flight: deque[int] = deque()
        # Times at which the verdict changed, and what it then was; only auxiliaries read it.
        self._verdicts: deque[tuple[int, bool]] = deque()

    def process(self, context: Context) -> None:
        """Count what is finished, then release and drop."""
        main = context.inputs[self._main]
        finished = context.inputs[FINISHED]
        self._take_options(context)
        self._land(finished.settled)
        if main.packet is not None:
            self._queue.append(main.packet)
        self._abandon(main.settled)
        output = context.outputs[self._main]
        allow = context.outputs.get(ALLOW)
        is_unlimited = finished.settled >= MAX
        while self._queue and (is_unlimited or len(self._in_flight) < self._max_in_flight):
            frame = self._queue.popleft()
            output.add(frame)
            self._in_flight.append(frame.timestamp)
            self._judge(frame.timestamp, True, allow)
        while len(self._queue) > self._limits.max_in_queue:
            self._judge(self._queue.popleft().timestamp, False, allow)
            main.drop("too many in flight")
        main_bound = self._main_bound(main)
        output.advance(main_bound)
        if allow is not None:
            allow.advance(main_bound)
        for auxiliary in self._auxiliaries:
            self._pass_auxiliary(auxiliary, main_bound, context)
        self._forget_verdicts(context)

    def _take_options(self, context: Context) -> None:
        options = context.inputs.get(OPTIONS)
        if options is not None and options.packet is not None:
            self._limits = with_changes(self.options, options.packet.value)
            self._max_in_flight = self._limits.max_in_flight

    def _land(self, finished_settled: int) -> None:
        while self._in_flight and self._in_flight[0] <= finished_settled:
            self._in_flight.popleft()

    def _abandon(self, latest: int) -> None:
        timeout_us = self._limits.in_flight_timeout
        if not timeout_us or not is_range_value(latest) or latest == MAX:
            return
        while self._in_flight and latest - self._in_flight[0] > timeout_us:
            self._in_flight.popleft()

    def _judge(self, time: int, is_released: bool, allow: Output | None) -> None:
        if allow is not None:
            allow.add(Packet(is_released, time))
        if self._auxiliaries and (not self._verdicts or self._verdicts[-1][1] is not is_released):
            self._verdicts.append((time, is_released))

    def _main_bound(self, main: Input) -> int:
        if self._queue:
            return self._queue[0].timestamp
        return DONE if main.settled >= MAX else main.settled + 1

    def _pass_auxiliary(self, auxiliary: _Auxiliary, main_bound: int, context: Context) -> None:
        source = context.inputs[auxiliary.key]
        output = context.outputs[auxiliary.key]
        if source.packet is not None:
            auxiliary.queue.append(source.packet)
        while auxiliary.queue and auxiliary.queue[0].timestamp < main_bound:
            packet = auxiliary.queue.popleft()
            if self._is_released(packet.timestamp):
                output.add(packet)
            else:
                source.drop("its frame was dropped")
        if not auxiliary.queue and source.settled >= MAX:
            output.close()
        else:
            output.advance(auxiliary.bound(source.settled))

    def _is_released(self, time: int) -> bool:
        """Return the verdict that holds at `time`: that of the last frame at or before it."""
        verdict = False
        for since, is_released in self._verdicts:
            if since > time:
                break
            verdict = is_released
        return verdict

    def _forget_verdicts(self, context: Context) -> None:
        """Drop verdicts that no auxiliary packet can ask for any more."""
        if not self._auxiliaries:
            return
        lowest = min(
            auxiliary.bound(context.inputs[auxiliary.key].settled)
            for auxiliary in self._auxiliaries
        )
        while len(self._verdicts) > 1 and self._verdicts[1][0] <= lowest:
            self._verdicts.popleft()
