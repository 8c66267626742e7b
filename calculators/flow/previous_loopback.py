"""PreviousLoopbackCalculator: the result of one frame, handed to the next.

Theory. The node sits at the joint of a loop, so it can't wait for both inputs to reach a time:
LOOP reaches a time only after the rest of the loop has run on it, and that waits for this node.
Each input is therefore read by itself, and what can't be answered yet waits here:

* a MAIN packet wants the LOOP value at the time of the MAIN packet before it; the first one wants
  none. A MAIN bound wants none.
* a wanted time is answered when LOOP brings a packet there, or is settled there without one.

Invariants, between calls:

* times in `_unanswered` rise, and so do the wanted ones; they are answered in that order.
* the first of `_unanswered` wants a time at which LOOP is not settled yet.
* no packet in `_loop_packets` is older than the last time wanted.

`_unanswered` holds times, not payloads, and grows no further than what waits beside it: the other
consumers of MAIN wait for PREV_LOOP with full queues, which throttle MAIN's source.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from graphflow import Calculator, Context, Contract, Packet, Port, register
from graphflow.nodes.context import Input, Output
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import MAX, UNSTARTED, next_allowed


class _MainTime(NamedTuple):
    """A time of MAIN that has no answer yet.

    Attributes:
        time: of the MAIN packet, or up to which MAIN is settled.
        wanted: the time of the LOOP value; None if the answer is "empty" anyway.
    """

    time: int
    wanted: int | None


@register
class PreviousLoopbackCalculator(Calculator[NoOptions]):
    """Pair each MAIN packet with the LOOP value of the MAIN packet before it.

    Timing: each input is read by itself, bounds included. For a MAIN packet at T, PREV_LOOP has at
    T the LOOP value of the previous MAIN packet's time, or is empty if there was none; it comes
    when LOOP is settled there. The first MAIN packet, and a MAIN bound without packet, make
    PREV_LOOP empty at once and use no LOOP value up. When MAIN is done and everything is answered,
    PREV_LOOP is closed: that ends the loop. If a node of the loop drops a frame without settling
    its time, PREV_LOOP waits until LOOP gets beyond it.

    Ports: MAIN and LOOP of any types; PREV_LOOP of LOOP's type. LOOP is the back edge.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [tracked_image, previous_image]
        node:
          - calculator: PreviousLoopbackCalculator
            input_stream: ["MAIN:image", "LOOP:tracked_image"]
            input_stream_info: [{tag_index: LOOP, back_edge: true}]
            output_stream: ["PREV_LOOP:previous_image"]
          - calculator: PassThroughCalculator
            input_stream: ["image", "PREVIOUS:previous_image"]
            output_stream: ["tracked_image", "PREVIOUS:previous_image_used"]
        ```

    Source: MediaPipe, calculators/core/previous_loopback_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("MAIN", doc="what drives the loop, usually the frames"),
            Port("LOOP", doc="the loop's result for a MAIN packet, at that packet's time"),
        ),
        outputs=(Port("PREV_LOOP", same_as="LOOP", doc="the result of the packet before"),),
        timestamp_offset=None,
        process_timestamps=True,
        input_policy=ImmediatePolicy(),
        varies_with="",
    )

    def open(self, context: Context) -> None:
        """Start with nothing waiting."""
        self._unanswered: deque[_MainTime] = deque()
        self._loop_packets: deque[Packet] = deque()
        self._main_settled = UNSTARTED
        self._previous_main: int | None = None

    def process(self, context: Context) -> None:
        """Take what is new, and answer what can be answered."""
        main = context.inputs["MAIN"]
        loop = context.inputs["LOOP"]
        previous_loop = context.outputs["PREV_LOOP"]
        self._take_main(main)
        if loop.packet is not None:
            self._loop_packets.append(loop.packet)
        while self._unanswered and self._answer(self._unanswered[0], loop, previous_loop):
            self._unanswered.popleft()
        if not self._unanswered and main.settled >= MAX:
            previous_loop.close()

    def _take_main(self, main: Input) -> None:
        if main.packet is not None:
            time = main.packet.timestamp
            self._unanswered.append(_MainTime(time, self._previous_main))
            self._previous_main = self._main_settled = time
        if main.settled > self._main_settled:
            empty = _MainTime(main.settled, None)
            if self._unanswered and self._unanswered[-1].wanted is None:
                self._unanswered[-1] = empty  # The later time says all that the earlier one said.
            else:
                self._unanswered.append(empty)
            self._main_settled = main.settled

    def _answer(self, main: _MainTime, loop: Input, previous_loop: Output) -> bool:
        """Answer one MAIN time, or return False where LOOP has not got there yet."""
        if main.wanted is None:
            previous_loop.advance(next_allowed(main.time))
            return True
        while self._loop_packets and self._loop_packets[0].timestamp < main.wanted:
            self._loop_packets.popleft()
            loop.leave_out("there was no MAIN packet at its time")
        if self._loop_packets and self._loop_packets[0].timestamp == main.wanted:
            previous_loop.add(self._loop_packets.popleft().at(main.time))
        elif loop.settled >= main.wanted:
            previous_loop.advance(next_allowed(main.time))
        else:
            return False
        return True
