"""PacketClonerCalculator: the newest packet of slow streams, at every tick of a fast one."""

from __future__ import annotations

from pydantic import Field

from calculators.headers import pass_headers
from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import MIN, next_allowed

TICK = "TICK"
_NO_TICK = "no tick came before the next one"


class PacketClonerOptions(Options):
    """Options of PacketClonerCalculator."""

    output_only_when_all_inputs_received: bool = Field(
        False,
        description="whether ticks before the first packet of every stream give nothing at all",
    )
    output_packets_only_when_all_inputs_received: bool = Field(
        False,
        description="whether ticks before the first packet of every stream settle their time only",
    )


@register
class PacketClonerCalculator(Calculator[PacketClonerOptions]):
    """Repeat the newest packet of each stream at every tick.

    Timing: at the time of a tick, once all inputs are settled there, each output has the newest
    packet of its input, up to and including that time, at the tick's time. Before the first one the
    time is settled. Where TICK is settled without a tick, so are the outputs. With the policy
    ImmediateInputStreamHandler "newest" is what came so far.

    Ports: the streams to repeat, without tag; the outputs by the same positions. The ticks: TICK,
    of any type, or, where that is not connected, the last input without tag.

    Options: output_only_when_all_inputs_received (false),
    output_packets_only_when_all_inputs_received (false).

    Example:
        ```yaml
        input_stream: [slow_mask, image]
        output_stream: [mask_for_image]
        node:
          - calculator: PacketClonerCalculator
            input_stream: ["slow_mask", "TICK:image"]
            output_stream: ["mask_for_image"]
        ```

    Source: MediaPipe, calculators/core/packet_cloner_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("", repeated=True, doc="streams to repeat; the ticks last, if TICK is not there"),
            Port(TICK, optional=True, doc="when to repeat them"),
        ),
        outputs=(Port("", repeated=True, same_as="", doc="the newest packet at every tick"),),
        options=PacketClonerOptions,
        timestamp_offset=None,
        process_timestamps=True,
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[PacketClonerOptions]) -> Contract:
        """Check that every stream to repeat has its output.

        Raises:
            ContractError: the outputs are not as many as the streams to repeat.
        """
        repeated = len(node.inputs.indexes("")) - (TICK not in node.inputs)
        if repeated != len(node.outputs):
            raise ContractError(
                f"found {len(node.outputs)} outputs for {repeated} streams to repeat; "
                "expected one each"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Pass the headers, and start with no packets."""
        pass_headers(context)
        base = context.inputs.tagged("")
        has_tag = TICK in context.inputs
        self._tick = (TICK, 0) if has_tag else ("", base[-1].index)
        self._base = [each.index for each in (base if has_tag else base[:-1])]
        self._newest: dict[int, Packet] = {}
        # Positions of those of them that no tick has repeated so far.
        self._unused: set[int] = set()

    def process(self, context: Context) -> None:
        """Keep what is new, and repeat it if there is a tick."""
        for index in self._base:
            base = context.inputs["", index]
            if base.packet is not None:
                if index in self._unused:
                    base.leave_out(_NO_TICK)
                self._newest[index] = base.packet
                self._unused.add(index)
        is_complete = len(self._newest) == len(self._base)
        is_settling = self.options.output_packets_only_when_all_inputs_received
        if self.options.output_only_when_all_inputs_received and not (is_complete or is_settling):
            return
        tick = context.inputs[self._tick]
        if tick.packet is not None and (is_complete or not is_settling):
            for index, packet in self._newest.items():
                context.outputs["", index].add(packet.at(tick.packet.timestamp))
            self._unused.clear()
        if tick.settled >= MIN:
            for output in context.outputs:
                output.advance(next_allowed(tick.settled))

    def close(self, context: Context) -> None:
        """Tell of the newest packets, if no tick came after them."""
        for index in sorted(self._unused):
            context.inputs["", index].leave_out(_NO_TICK)
