"""ImmediateMuxCalculator: one stream out of several, in the order in which packets come."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from graphflow import Calculator, Context, Contract, NodeShape, Options, Packet, Port, register
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import MAX


class ImmediateMuxOptions(Options):
    """Options of ImmediateMuxCalculator."""

    process_timestamp_bounds: bool = Field(
        False,
        description="whether a time that one input settles without packet is settled for all",
    )


@register
class ImmediateMuxCalculator(Calculator[ImmediateMuxOptions]):
    """Pass packets of several streams as they come, and drop those that come too late.

    Timing: meant for `input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}`.
    Then a packet passes at once, unless a later one, or another at its time, passed already. What
    passes depends on how fast the branches are; MuxCalculator loses nothing. With the default
    policy packets pass in the order of their times, and of several at one time the first.

    Ports: one or more inputs without tag. The first output has the packets; a second one, if
    connected, has a packet `true` for every packet that came, passed or not.

    Options: process_timestamp_bounds (false).

    Example:
        ```yaml
        input_stream: [fast_result, slow_result]
        output_stream: [result, result_came]
        node:
          - calculator: ImmediateMuxCalculator
            input_stream: ["fast_result", "slow_result"]
            input_stream_handler: {input_stream_handler: ImmediateInputStreamHandler}
            output_stream: ["result", "result_came"]
        ```

    Source: MediaPipe, calculators/core/immediate_mux_calculator.cc. There, with the option, the
    first input that ends closes the outputs.
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="streams of one type"),),
        outputs=(Port("", repeated=True, doc=":0 the packets that passed, :1 true for each"),),
        options=ImmediateMuxOptions,
        loses="packets that come when a later one, or another of their time, has passed",
    )

    @classmethod
    def contract_for(cls, node: NodeShape[ImmediateMuxOptions]) -> Contract:
        """Look at bounds only where the options want them passed.

        Raises:
            ContractError: not one or two outputs are connected.
        """
        if len(node.outputs) not in (1, 2):
            raise ContractError(
                f"found {len(node.outputs)} outputs; expected the packets, and perhaps a second "
                "output that tells of each"
            )
        return replace(cls.contract, process_timestamps=node.options.process_timestamp_bounds)

    def process(self, context: Context) -> None:
        """Pass what is not too late."""
        passed = context.outputs[""]
        came = context.outputs.get("", 1)
        for each in context.inputs:
            if each.packet is None:
                continue
            if each.packet.timestamp >= passed.bound:
                passed.add(each.packet)
            else:
                each.drop("another of its time, or a later one, has passed")
            if came is not None:
                came.add(Packet(True, max(context.timestamp, came.bound)))
        # What all inputs have settled is settled by the offset. One input alone may settle a time
        # by the option; but one that is done (MAX) must not silence the others.
        if self.options.process_timestamp_bounds and context.timestamp < MAX:
            for output in context.outputs:
                output.advance(context.timestamp + 1)
