"""RealTimeFlowLimiterCalculator: drop frames while too many are in flight, counting packets only.

Theory. A frame is a timestamp: the packets of all streams at that time pass together, or none does.
It is in flight from its first packet on until a packet comes on FINISHED, whatever its time; no
bound counts.

Invariants, between calls:

* `_in_flight` is the number of frames let in, less that of the packets on FINISHED.
* `_passed` holds the times of frames let in that some stream has not settled; no time in it was
  dropped on another stream.
"""

from __future__ import annotations

from calculators.headers import pass_headers
from calculators.side_options import count_given
from graphflow import ANY_TAG, Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.context import Input
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import MAX, UNSTARTED

FINISHED, ALLOW, MAX_IN_FLIGHT = "FINISHED", "ALLOW", "MAX_IN_FLIGHT"


@register
class RealTimeFlowLimiterCalculator(Calculator[NoOptions]):
    """Let frames into a section of the graph while few are in flight; deprecated in MediaPipe.

    For new graphs take FlowLimiterCalculator: it counts bounds too, so that the section may drop a
    frame, and it can keep the newest frame waiting. Here one frame that is lost in the section
    holds all later ones back.

    Timing: each input is read by itself, bounds included. A frame passes at its own time, in the
    call in which it comes, or is dropped for good. Outputs close with their inputs.

    Ports: the streams of frames, and outputs that mirror them: what one stream dropped, no other
    one lets in. FINISHED, the back edge, has one packet for each frame let in, of any type. ALLOW
    tells whether the next frame would pass whenever that changes, at times 1, 2, 3 and so on. The
    side packet MAX_IN_FLIGHT is the most frames in flight; without it 1.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [result]
        node:
          - calculator: RealTimeFlowLimiterCalculator
            input_stream: ["image", "FINISHED:result"]
            input_stream_info: [{tag_index: FINISHED, back_edge: true}]
            output_stream: ["limited_image"]
          - calculator: PassThroughCalculator
            input_stream: ["limited_image"]
            output_stream: ["result"]
        ```

    Source: MediaPipe, calculators/core/real_time_flow_limiter_calculator.cc. There the bounds of
    the inputs are not passed on.
    """

    contract = Contract(
        inputs=(
            Port(ANY_TAG, doc="the frames: one or more streams"),
            Port(FINISHED, doc="a packet for each frame that has left the section"),
        ),
        outputs=(
            Port(ANY_TAG, doc="the frames let in"),
            Port(ALLOW, bool, optional=True, doc="whether the next frame passes, at each change"),
        ),
        side_inputs=(Port(MAX_IN_FLIGHT, int, optional=True, doc="most frames in flight; >= 1"),),
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
        self._max_in_flight = count_given(context, MAX_IN_FLIGHT, default=1)
        self._keys = [(port.tag, port.index) for port in context.inputs if port.tag != FINISHED]
        self._in_flight = 0
        self._passed: set[int] = set()
        self._newest_dropped = UNSTARTED
        self._changes = 0

    def process(self, context: Context) -> None:
        """Count a finished frame, and let packets in.

        Raises:
            ValueError: FINISHED has a packet, and no frame is in flight.
        """
        was_allowed = self._is_allowed
        if not context.inputs[FINISHED].is_empty:
            if not self._in_flight:
                raise ValueError(
                    "FINISHED: found a packet while no frame is in flight; expected one packet "
                    "for each frame let in"
                )
            self._in_flight -= 1
        for key in self._keys:
            given, output = context.inputs[key], context.outputs[key]
            if given.packet is not None and self._lets_in(given, given.packet.timestamp):
                output.add(given.packet)
            if given.settled >= MAX:
                output.close()
            elif given.settled > UNSTARTED:
                output.advance(given.settled + 1)
        settled = min(context.inputs[key].settled for key in self._keys)
        self._passed = {time for time in self._passed if time > settled}
        self._tell(was_allowed, context)

    @property
    def _is_allowed(self) -> bool:
        return self._in_flight < self._max_in_flight

    def _lets_in(self, given: Input, time: int) -> bool:
        """Tell whether a packet passes: with its frame, or as the first of a new one."""
        if time in self._passed:
            return True
        if self._is_allowed and time > self._newest_dropped:
            self._passed.add(time)
            self._in_flight += 1
            return True
        self._newest_dropped = max(self._newest_dropped, time)
        given.drop("too many in flight")
        return False

    def _tell(self, was_allowed: bool, context: Context) -> None:
        allow = context.outputs.get(ALLOW)
        if allow is not None and self._is_allowed is not was_allowed:
            self._changes += 1
            allow.add(Packet(self._is_allowed, self._changes))
