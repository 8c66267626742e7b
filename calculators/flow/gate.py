"""GateCalculator: streams that flow while a signal allows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calculators.headers import pass_headers
from graphflow import ANY_TAG, Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError

ALLOW, DISALLOW, STATE_CHANGE = "ALLOW", "DISALLOW", "STATE_CHANGE"

GateState = Literal["GATE_UNINITIALIZED", "GATE_ALLOW", "GATE_DISALLOW"]


class GateOptions(Options):
    """Options of GateCalculator."""

    allow: bool = Field(
        False, description="whether packets pass where no signal is connected at all"
    )
    empty_packets_as_allow: bool = Field(
        False, description="whether data pass at a timestamp where the signal is empty"
    )
    initial_gate_state: GateState = Field(
        "GATE_UNINITIALIZED",
        description="state before the first timestamp; if given, the first may be a change",
    )


@register
class GateCalculator(Calculator[GateOptions]):
    """Pass packets where a signal allows it, and drop them elsewhere.

    Timing: at each timestamp, once data and signal are settled there, data packets pass or are
    dropped; a dropped packet still settles its time. Where the signal is empty,
    `empty_packets_as_allow` decides. A side packet that blocks closes the data outputs at once.

    Ports: any data streams, mirrored on the outputs; the signal as stream or side packet ALLOW or
    DISALLOW, at most one of the four (none: option `allow`). STATE_CHANGE has a packet where the
    gate's state differs from that of the time before: true for open. The first state is no change,
    unless `initial_gate_state` is given.

    Options: allow (false), empty_packets_as_allow (false), initial_gate_state
    (GATE_UNINITIALIZED, GATE_ALLOW or GATE_DISALLOW).

    Example:
        ```yaml
        input_stream: [image, is_tracking]
        output_stream: [image_to_detect]
        node:
          - calculator: GateCalculator
            input_stream: ["image", "DISALLOW:is_tracking"]
            output_stream: ["image_to_detect"]
            options: {empty_packets_as_allow: true}
        ```

    Source: MediaPipe, calculators/core/gate_calculator.cc. There the data outputs close at the
    first blocked timestamp; here in `open`, which spares consumers the wait.
    """

    contract = Contract(
        inputs=(
            Port(ANY_TAG, optional=True, doc="data to let through"),
            Port(ALLOW, bool, optional=True, doc="true opens the gate at this timestamp"),
            Port(DISALLOW, bool, optional=True, doc="true closes the gate at this timestamp"),
        ),
        outputs=(
            Port(ANY_TAG, optional=True, doc="the packets that passed"),
            Port(STATE_CHANGE, bool, optional=True, doc="the new state: true for open"),
        ),
        side_inputs=(
            Port(ALLOW, bool, optional=True, doc="true opens the gate for the whole run"),
            Port(DISALLOW, bool, optional=True, doc="true closes the gate for the whole run"),
        ),
        options=GateOptions,
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[GateOptions]) -> Contract:
        """Check that at most one signal is connected.

        Raises:
            ContractError: there are more.
        """
        signals = [f"stream {tag}" for tag in (ALLOW, DISALLOW) if tag in node.inputs]
        signals += [f"side packet {tag}" for tag in (ALLOW, DISALLOW) if tag in node.side_inputs]
        if len(signals) > 1:
            raise ContractError(
                f"found {' and '.join(signals)}; expected at most one signal, "
                "ALLOW or DISALLOW, as a stream or as a side packet"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Pass headers, find the signal; close the data outputs where it blocks for good."""
        pass_headers(context)
        self._data = [
            (output.tag, output.index) for output in context.outputs if output.tag != STATE_CHANGE
        ]
        by_stream = [tag for tag in (ALLOW, DISALLOW) if tag in context.inputs]
        by_side_packet = [tag for tag in (ALLOW, DISALLOW) if tag in context.side_inputs]
        self._signal = by_stream[0] if by_stream else None
        self._is_always_allowed = self.options.allow
        initial = self.options.initial_gate_state
        self._was_allowed = None if initial == "GATE_UNINITIALIZED" else initial == "GATE_ALLOW"
        if by_side_packet:
            tag = by_side_packet[0]
            self._is_always_allowed = bool(context.side_inputs[tag]) is (tag == ALLOW)
            if not self._is_always_allowed:
                for key in self._data:
                    context.outputs[key].close()

    def process(self, context: Context) -> None:
        """Let one timestamp through, or not."""
        is_allowed = self._is_allowed(context)
        if self._was_allowed is not None and is_allowed is not self._was_allowed:
            state_change = context.outputs.get(STATE_CHANGE)
            if state_change is not None:
                state_change.emit(is_allowed)
        self._was_allowed = is_allowed
        for key in self._data:
            data = context.inputs[key]
            if data.packet is None:
                continue
            if is_allowed:
                context.outputs[key].add(data.packet)
            else:
                data.leave_out("the gate is closed")

    def _is_allowed(self, context: Context) -> bool:
        if self._signal is None:
            return self._is_always_allowed
        signal = context.inputs[self._signal]
        if signal.is_empty:
            return self.options.empty_packets_as_allow
        return bool(signal.value) is (self._signal == ALLOW)
