"""SidePacketToStreamCalculator: a side packet as a packet of a stream."""

from __future__ import annotations

from typing import Final

from graphflow import Calculator, Context, Contract, NodeShape, Packet, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.diagnostics import listed
from graphflow.words.errors import ContractError
from graphflow.words.timestamp import POSTSTREAM, PRESTREAM

TICK, TIMESTAMP = "TICK", "TIMESTAMP"
AT_TICK, AT_FIRST_TICK, AT_TIMESTAMP = "AT_TICK", "AT_FIRST_TICK", "AT_TIMESTAMP"

FIXED_TIMES: Final = {"AT_PRESTREAM": PRESTREAM, "AT_POSTSTREAM": POSTSTREAM, "AT_ZERO": 0}
"""The outputs whose time is in their name."""

OUTPUT_TAGS: Final = (*FIXED_TIMES, AT_TICK, AT_FIRST_TICK, AT_TIMESTAMP)


@register
class SidePacketToStreamCalculator(Calculator[NoOptions]):
    """Emit side packets on streams, at the time that the outputs' tag says.

    Timing: AT_PRESTREAM, AT_POSTSTREAM, AT_ZERO and AT_TIMESTAMP give one packet, at once, and end
    the stream. AT_TICK gives one at every packet of TICK, AT_FIRST_TICK at the first, and ends the
    stream then.

    Ports: side packets without tag, and as many outputs, all of one tag: AT_PRESTREAM,
    AT_POSTSTREAM, AT_ZERO, AT_TICK, AT_FIRST_TICK or AT_TIMESTAMP. TICK, of any type, goes with the
    tick outputs, the side packet TIMESTAMP (microseconds) with AT_TIMESTAMP.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        input_side_packet: [camera_matrix]
        output_stream: [camera_matrix_of_image]
        node:
          - calculator: SidePacketToStreamCalculator
            input_stream: ["TICK:image"]
            input_side_packet: ["camera_matrix"]
            output_stream: ["AT_TICK:camera_matrix_of_image"]
        ```

    Source: MediaPipe, calculators/core/side_packet_to_stream_calculator.cc
    """

    contract = Contract(
        inputs=(Port(TICK, optional=True, doc="when AT_TICK and AT_FIRST_TICK come"),),
        outputs=tuple(
            Port(tag, optional=True, repeated=True, doc="the side packet at the same position")
            for tag in OUTPUT_TAGS
        ),
        side_inputs=(
            Port("", repeated=True, doc="what to emit"),
            Port(TIMESTAMP, int, optional=True, doc="when AT_TIMESTAMP comes, microseconds"),
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that what the outputs need is connected, and nothing else.

        Raises:
            ContractError: it is not.
        """
        tags = sorted(node.outputs.tags)
        if len(tags) != 1 or tags[0] not in OUTPUT_TAGS:
            raise ContractError(
                f"found outputs of {listed(tags) if tags else 'no tag'}; "
                f"expected outputs of one tag: {listed(list(OUTPUT_TAGS), 'or')}"
            )
        (tag,) = tags
        if (tag in (AT_TICK, AT_FIRST_TICK)) is not (TICK in node.inputs):
            raise ContractError(
                f"found outputs {tag} and {'an' if TICK in node.inputs else 'no'} input "
                "TICK; expected TICK with AT_TICK and AT_FIRST_TICK, and only with them"
            )
        if (tag == AT_TIMESTAMP) is not (TIMESTAMP in node.side_inputs):
            found = "a" if TIMESTAMP in node.side_inputs else "no"
            raise ContractError(
                f"found outputs {tag} and {found} side packet TIMESTAMP; "
                "expected TIMESTAMP with AT_TIMESTAMP, and only with it"
            )
        side_count, output_count = len(node.side_inputs.indexes("")), len(node.outputs)
        if side_count != output_count:
            raise ContractError(
                f"found {side_count} side packets for {output_count} outputs; expected one each"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Find the outputs."""
        (self._tag,) = context.outputs.tags

    def process(self, context: Context) -> None:
        """Emit at a tick, or, without ticks, once."""
        if TICK in context.inputs:
            tick = context.inputs[TICK].packet
            is_first_done = context.outputs[self._tag].is_closed
            if tick is not None and not is_first_done:
                self._emit(context, tick.timestamp, is_last=self._tag == AT_FIRST_TICK)
            return
        time = (
            context.side_inputs[TIMESTAMP] if self._tag == AT_TIMESTAMP else FIXED_TIMES[self._tag]
        )
        self._emit(context, time, is_last=True)
        context.stop()

    def _emit(self, context: Context, time: int, *, is_last: bool) -> None:
        outputs = context.outputs.tagged(self._tag)
        for output, index in zip(outputs, context.side_inputs.indexes(""), strict=True):
            output.add(Packet(context.side_inputs["", index], time))
            if is_last:
                output.close()
