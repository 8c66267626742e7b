"""StringToIntCalculator: text as an integer."""

from __future__ import annotations

import re
from typing import Final

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import UsageError

INTEGER: Final = re.compile(r"[ \t\n\r\f\v]*[-+]?[0-9]+[ \t\n\r\f\v]*")
INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


@register
class StringToIntCalculator(Calculator[NoOptions]):
    """Read an integer from a side packet of text.

    Timing: in `open`; there are no streams.

    Ports: one side input, text; one side output, an integer of 32 bits.

    Options: none.

    Example:
        ```yaml
        output_side_packet: [pose_count]
        node:
          - calculator: ConstantSidePacketCalculator
            output_side_packet: ["PACKET:pose_count_text"]
            options: {packet: [{string_value: "2"}]}
          - calculator: StringToIntCalculator
            input_side_packet: ["pose_count_text"]
            output_side_packet: ["pose_count"]
        ```

    Source: MediaPipe, calculators/core/string_to_int_calculator.cc, which has further names for
        other sizes of integers.
    """

    contract = Contract(
        side_inputs=(Port("", str, doc="decimal digits, with or without sign"),),
        side_outputs=(Port("", int, doc="the number"),),
    )

    def open(self, context: Context) -> None:
        """Read the number.

        Raises:
            UsageError: it is none, or needs more than 32 bits.
        """
        text = context.side_inputs[""]
        if not INTEGER.fullmatch(text) or not INT32_MIN <= int(text) <= INT32_MAX:
            raise UsageError(f'found "{text}"; expected an integer from {INT32_MIN} to {INT32_MAX}')
        context.side_outputs[""] = int(text)
