"""MatrixMultiplyCalculator: each matrix, multiplied by one that does not change."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MatrixMultiplyCalculator(Calculator[NoOptions]):
    """Multiply each matrix, from the left, by the one in a side packet.

    Timing: for each matrix one product.

    Ports: input (K, C), side packet (R, K), output (R, C), of numpy's type for both.

    Options: none.

    Example:
        ```yaml
        input_stream: [samples]
        input_side_packet: [mixing_matrix]
        output_stream: [mixed_samples]
        node:
          - calculator: MatrixMultiplyCalculator
            input_stream: ["samples"]
            input_side_packet: ["mixing_matrix"]
            output_stream: ["mixed_samples"]
        ```

    Source: MediaPipe, calculators/core/matrix_multiply_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", doc="(K, C) array"),),
        outputs=(Port("", same_as="", doc="(R, C) array: side packet times input"),),
        side_inputs=(Port("", doc="(R, K) array, the left operand"),),
    )

    def process(self, context: Context) -> None:
        """Multiply one matrix.

        Raises:
            ValueError: the shapes don't fit.
        """
        right = context.inputs[0].packet
        if right is None:
            return
        left = context.side_inputs[""]
        if left.ndim != 2 or right.value.ndim != 2 or left.shape[1] != right.value.shape[0]:
            raise ValueError(
                f"found {left.shape} times {right.value.shape}; expected (R, K) times (K, C)"
            )
        context.outputs[0].emit(left @ right.value)
