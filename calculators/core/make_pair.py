"""MakePairCalculator: the packets of two streams as one."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError


@register
class MakePairCalculator(Calculator[NoOptions]):
    """Make one packet of the packets of two streams.

    Timing: at each time at which one of the two has a packet, once both are settled there.

    Ports: two inputs without tag; one output, a tuple of both payloads, None for an empty one.

    Options: none.

    Example:
        ```yaml
        input_stream: [landmarks, score]
        output_stream: [landmarks_with_score]
        node:
          - calculator: MakePairCalculator
            input_stream: ["landmarks", "score"]
            output_stream: ["landmarks_with_score"]
        ```

    Source: MediaPipe, calculators/core/make_pair_calculator.cc. There the pair is of packets.
    """

    contract = Contract(
        inputs=(Port("", repeated=True, doc="the first and the second stream"),),
        outputs=(Port("", doc="(first, second)"),),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that there are two inputs.

        Raises:
            ContractError: there are more or fewer.
        """
        if len(node.inputs) != 2:
            raise ContractError(f"found {len(node.inputs)} input streams; expected 2")
        return cls.contract

    def process(self, context: Context) -> None:
        """Make one pair."""
        first, second = context.inputs.tagged("")
        if not (first.is_empty and second.is_empty):
            context.outputs[0].emit((first.get(), second.get()))
