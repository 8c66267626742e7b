"""MatrixSubtractCalculator: the difference of each matrix and one that does not change."""

from __future__ import annotations

from dataclasses import replace

from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError

MINUEND, SUBTRAHEND = "MINUEND", "SUBTRAHEND"


@register
class MatrixSubtractCalculator(Calculator[NoOptions]):
    """Subtract a side packet's matrix from each matrix, or each matrix from it.

    Timing: for each matrix one difference.

    Ports: MINUEND as stream and SUBTRAHEND as side packet, or the other way round, of the same
    shape; one output, minuend minus subtrahend.

    Options: none.

    Example:
        ```yaml
        input_stream: [samples]
        input_side_packet: [mean_sample]
        output_stream: [centred_samples]
        node:
          - calculator: MatrixSubtractCalculator
            input_stream: ["MINUEND:samples"]
            input_side_packet: ["SUBTRAHEND:mean_sample"]
            output_stream: ["centred_samples"]
        ```

    Source: MediaPipe, calculators/core/matrix_subtract_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port(MINUEND, optional=True, doc="array from which is subtracted"),
            Port(SUBTRAHEND, optional=True, doc="array that is subtracted"),
        ),
        outputs=(Port("", doc="minuend minus subtrahend"),),
        side_inputs=(
            Port(MINUEND, optional=True, doc="array from which is subtracted"),
            Port(SUBTRAHEND, optional=True, doc="array that is subtracted"),
        ),
    )

    @classmethod
    def contract_for(cls, node: NodeShape[NoOptions]) -> Contract:
        """Check that one of the two is a stream, and the other one a side packet.

        Raises:
            ContractError: it is not so.
        """
        streams, sides = node.inputs.tags, node.side_inputs.tags
        if sorted((*streams, *sides)) != [MINUEND, SUBTRAHEND] or len(streams) != 1:
            raise ContractError(
                f"found streams {node.inputs} and side packets {node.side_inputs}; "
                "expected MINUEND and SUBTRAHEND, one of them a stream, the other one a side packet"
            )
        port = Port(sides[0], doc="array that stays")
        return replace(cls.contract, side_inputs=(port,))

    def open(self, context: Context) -> None:
        """Find out which one is the stream."""
        is_minuend = context.inputs[0].tag == MINUEND
        self._operand = context.side_inputs[SUBTRAHEND if is_minuend else MINUEND]

    def process(self, context: Context) -> None:
        """Subtract one matrix.

        Raises:
            ValueError: the shapes differ.
        """
        stream = context.inputs[0]
        if stream.is_empty:
            return
        minuend, subtrahend = stream.value, self._operand
        if stream.tag == SUBTRAHEND:
            minuend, subtrahend = subtrahend, minuend
        if minuend.shape != subtrahend.shape:
            raise ValueError(
                f"found {minuend.shape} minus {subtrahend.shape}; expected equal shapes"
            )
        context.outputs[0].emit(minuend - subtrahend)
