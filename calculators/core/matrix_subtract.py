"""MatrixSubtractCalculator: the difference of each matrix and one that does not change."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.errors import UsageError
from graphflow.options import NoOptions

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

    def open(self, context: Context) -> None:
        """Find out which one is the stream.

        Raises:
            UsageError: not one of the two is a stream and the other one a side packet.
        """
        streams = [port.tag for port in context.inputs]
        sides = [tag for tag in (MINUEND, SUBTRAHEND) if tag in context.side_inputs]
        if sorted([*streams, *sides]) != [MINUEND, SUBTRAHEND] or len(streams) != 1:
            raise UsageError(
                f"found streams {streams or 'none'} and side packets {sides or 'none'}; "
                "expected MINUEND and SUBTRAHEND, one of them a stream, the other one a side packet"
            )
        self._operand = context.side_inputs[sides[0]]

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
