"""AgeGateCalculator: what is too old goes no further, and how old the rest is."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Port, register
from graphflow.running.clock import CLOCK
from graphflow.words.errors import UsageError

AGE: Final = "AGE"
CAPTURE_ORIGIN: Final = "CAPTURE_ORIGIN"
MAX_LATENCY_MS: Final = "MAX_LATENCY_MS"

_US_PER_MS: Final = 1000


class AgeGateOptions(Options):
    """Options of AgeGateCalculator."""

    max_latency_ms: int = Field(
        0, ge=0, description="what is older is dropped, milliseconds since its capture; 0 for never"
    )


@register
class AgeGateCalculator(Calculator[AgeGateOptions]):
    """Pass what is young enough, tell how old it is, and drop the rest.

    The age is the time by the clock since the frame was captured: what it waited and what was done
    with it since. So a gate at the entrance of slow work says how long frames waited, and one at
    its end, how old the results are.

    Timing: at each timestamp, once all inputs are settled there, its packets pass together or are
    dropped together; a dropped packet still settles its time.

    Ports: any streams, mirrored on the outputs. AGE, for each timestamp that passed, microseconds.
    Side inputs CAPTURE_ORIGIN, the clock's time at which packet time 0 was captured (a live source
    gives it), and MAX_LATENCY_MS, which counts before the option. The clock is the service `CLOCK`.

    Options: max_latency_ms (milliseconds; 0 for never).

    Example:
        ```yaml
        input_stream: [image, pose_landmarks]
        input_side_packet: [capture_origin]
        output_stream: [current_image, current_landmarks, result_age]
        node:
          - calculator: AgeGateCalculator
            input_stream: ["IMAGE:image", "LANDMARKS:pose_landmarks"]
            input_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
            output_stream:
              - "IMAGE:current_image"
              - "LANDMARKS:current_landmarks"
              - "AGE:result_age"
            options: {max_latency_ms: 200}
        ```

    Source: none in MediaPipe.
    """

    contract = Contract(
        inputs=(Port(ANY_TAG, doc="what is let through while it is young enough"),),
        outputs=(
            Port(ANY_TAG, doc="the packets that passed"),
            Port(AGE, int, optional=True, doc="age of what passed, microseconds since its capture"),
        ),
        side_inputs=(
            Port(CAPTURE_ORIGIN, int, doc="the clock's microseconds at packet time 0"),
            Port(MAX_LATENCY_MS, int, optional=True, doc="replaces max_latency_ms; 0 for never"),
        ),
        options=AgeGateOptions,
        services=(CLOCK,),
        loses="packets that are older than max_latency_ms when they come",
        varies_with="the clock",
    )

    def open(self, context: Context) -> None:
        """Read the limit.

        Raises:
            UsageError: side packet MAX_LATENCY_MS is negative.
        """
        limit_ms: int = context.side_inputs.get(MAX_LATENCY_MS, default=self.options.max_latency_ms)
        if limit_ms < 0:
            raise UsageError(
                f"side packet {MAX_LATENCY_MS}: found {limit_ms}; expected milliseconds, or 0 to "
                "drop nothing"
            )
        self._limit_us = limit_ms * _US_PER_MS
        self._reason = f"older than {limit_ms} ms"
        self._origin_us: int = context.side_inputs[CAPTURE_ORIGIN]

    def process(self, context: Context) -> None:
        """Let one timestamp through, or not."""
        filled = [(port, port.packet) for port in context.inputs if port.packet is not None]
        if not filled:
            return
        age_us = context.service(CLOCK).now_us - self._origin_us - int(context.timestamp)
        if self._limit_us and age_us > self._limit_us:
            for port, _ in filled:
                port.drop(self._reason)
            return
        for port, packet in filled:
            context.outputs[port.tag, port.index].add(packet)
        age = context.outputs.get(AGE)
        if age is not None:
            age.emit(age_us)
