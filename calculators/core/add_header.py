"""AddHeaderCalculator: give a stream the header of another one, or a side packet as header."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError

HEADER = "HEADER"


@register
class AddHeaderCalculator(Calculator[NoOptions]):
    """Pass a stream on with the header of another stream, or with a side packet as its header.

    Timing: each packet of DATA goes out at its own time; the stream HEADER is settled by its end.

    Ports: DATA, of any type; HEADER, either a stream that carries nothing but its header, or a side
    packet; one output.

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
            Port(HEADER, optional=True, doc="no packets; its header counts"),
        ),
        outputs=(Port("", same_as="DATA", doc="DATA's packets, under HEADER's header"),),
        side_inputs=(Port(HEADER, optional=True, doc="the header, if no stream has it"),),
        reads_headers=True,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that the header comes from one place.

        Raises:
            ContractError: it comes from two, or from none.
        """
        count = (HEADER in node.inputs) + (HEADER in node.side_inputs)
        if count != 1:
            found = "a stream and a side packet" if count else "neither stream nor side packet"
            raise ContractError(f"found {found} HEADER; expected one of them")
        return cls.contract

    def open(self, context: Context) -> None:
        """Pass the header."""
        stream = context.inputs.get(HEADER)
        header = context.side_inputs.get(HEADER) if stream is None else stream.header
        if header is not None:
            context.outputs[0].set_header(header)

    def process(self, context: Context) -> None:
        """Pass one packet.

        Raises:
            ValueError: there is a packet on HEADER.
        """
        stream = context.inputs.get(HEADER)
        if stream is not None and not stream.is_empty:
            raise ValueError("found a packet on HEADER; expected nothing but a header")
        packet = context.inputs["DATA"].packet
        if packet is not None:
            context.outputs[0].add(packet)
