"""PacketSequencerCalculator: packets of one clock, put into the time of another."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.input_policy import ImmediatePolicy
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import MIN, next_allowed


@register
class PacketSequencerCalculator(Calculator[NoOptions]):
    """Give packets the time that follows the newest tick, whatever time they had.

    Timing: each input is read by itself. A tick settles its time on the outputs, at once. A packet
    goes out at the first time that is not settled there, usually 1 µs after the newest tick. If a
    tick and a packet come together, the packet goes first, so that it holds for this tick.

    Ports: INPUT, streams of any type; TICK, one or more streams whose times count; OUTPUT, as many
    as INPUT.

    Options: none.

    Example:
        ```yaml
        input_stream: [wanted_mode, image]
        output_stream: [timed_mode]
        node:
          - calculator: PacketSequencerCalculator
            input_stream: ["INPUT:wanted_mode", "TICK:image"]
            output_stream: ["OUTPUT:timed_mode"]
        ```

    Source: MediaPipe, calculators/core/packet_sequencer_calculator.cc. There the end of a TICK
        counts as a tick, so that nothing can follow it.
    """

    contract = Contract(
        inputs=(
            Port("INPUT", repeated=True, doc="packets whose own times don't matter"),
            Port("TICK", repeated=True, doc="packets whose times do"),
        ),
        outputs=(Port("OUTPUT", repeated=True, same_as="INPUT", doc="the packets, re-timed"),),
        timestamp_offset=None,
        settles=True,
        input_policy=ImmediatePolicy(),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check the outputs.

        Raises:
            ContractError: they are not as many as the inputs.
        """
        inputs, outputs = node.inputs.indexes("INPUT"), node.outputs.indexes("OUTPUT")
        if len(inputs) != len(outputs):
            raise ContractError(
                f"found {len(inputs)} INPUT and {len(outputs)} OUTPUT; expected as many of both"
            )
        return cls.contract

    def process(self, context: Context) -> None:
        """Pass packets, then settle the tick's time."""
        for each in context.inputs.tagged("INPUT"):
            if each.packet is not None:
                output = context.outputs["OUTPUT", each.index]
                output.add(each.packet.at(max(MIN, output.bound)))
        for tick in context.inputs.tagged("TICK"):
            if tick.packet is not None:
                for output in context.outputs:
                    output.advance(next_allowed(tick.packet.timestamp))
