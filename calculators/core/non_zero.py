"""NonZeroCalculator: is a number other than zero?"""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError


@register
class NonZeroCalculator(Calculator[NoOptions]):
    """Tell whether each number is other than zero.

    Timing: for each number one packet on every connected output.

    Ports: INPUT; OUTPUT and OUTPUT_BOOL, at least one of them.

    Options: none.

    Example:
        ```yaml
        input_stream: [person_count]
        output_stream: [is_anybody_there]
        node:
          - calculator: NonZeroCalculator
            input_stream: ["INPUT:person_count"]
            output_stream: ["OUTPUT_BOOL:is_anybody_there"]
        ```

    Source: MediaPipe, calculators/core/non_zero_calculator.cc. There INPUT may be a side packet.
    """

    contract = Contract(
        inputs=(Port("INPUT", int, doc="a number"),),
        outputs=(
            Port("OUTPUT", int, optional=True, doc="0 for 0, 1 for everything else"),
            Port("OUTPUT_BOOL", bool, optional=True, doc="false for 0, true for everything else"),
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that somebody wants to know.

        Raises:
            ContractError: no output is connected.
        """
        if not len(node.outputs):
            raise ContractError("no output is connected; expected OUTPUT or OUTPUT_BOOL")
        return cls.contract

    def process(self, context: Context) -> None:
        """Look at one number."""
        number = context.inputs["INPUT"]
        if number.is_empty:
            return
        is_non_zero = number.value != 0
        if (output := context.outputs.get("OUTPUT")) is not None:
            output.emit(int(is_non_zero))
        if (output := context.outputs.get("OUTPUT_BOOL")) is not None:
            output.emit(bool(is_non_zero))
