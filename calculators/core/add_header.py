"""AddHeaderCalculator: give a stream the header of another one."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class AddHeaderCalculator(Calculator[NoOptions]):
    """Pass a stream on with the header of another stream.

    Timing: each packet of DATA goes out at its own time; HEADER is settled by its end.

    Ports: DATA, of any type; HEADER, a stream that carries nothing but its header; one output.

    Options: none.

    Example:
        ```yaml
        input_stream: [image, described]
        output_stream: [described_image]
        node:
          - calculator: GateCalculator  # with the default, allow: false, only the header passes
            input_stream: ["described"]
            output_stream: ["header_of_described"]
          - calculator: AddHeaderCalculator
            input_stream: ["DATA:image", "HEADER:header_of_described"]
            output_stream: ["described_image"]
        ```

    Source: MediaPipe, calculators/core/add_header_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("DATA", doc="a stream"),
            Port("HEADER", doc="no packets; its header counts"),
        ),
        outputs=(Port("", same_as="DATA", doc="DATA's packets, under HEADER's header"),),
        reads_headers=True,
    )

    def open(self, context: Context) -> None:
        """Pass the header."""
        header = context.inputs["HEADER"].header
        if header is not None:
            context.outputs[0].set_header(header)

    def process(self, context: Context) -> None:
        """Pass one packet.

        Raises:
            ValueError: there is a packet on HEADER.
        """
        if not context.inputs["HEADER"].is_empty:
            raise ValueError("found a packet on HEADER; expected nothing but a header")
        packet = context.inputs["DATA"].packet
        if packet is not None:
            context.outputs[0].add(packet)
