"""MatrixToVectorCalculator: a matrix as one row of numbers."""

from __future__ import annotations

import numpy as np

from calculators.types import FloatArray
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MatrixToVectorCalculator(Calculator[NoOptions]):
    """Lay the numbers of each matrix out in one row, column by column.

    Timing: for each matrix one vector.

    Ports: input (R, C); output (R * C,), first all rows of the first column.

    Options: none.

    Example:
        ```yaml
        input_stream: [samples]
        output_stream: [sample_values]
        node:
          - calculator: MatrixToVectorCalculator
            input_stream: ["samples"]
            output_stream: ["sample_values"]
        ```

    Source: MediaPipe, calculators/core/matrix_to_vector_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", doc="(R, C) array"),),
        outputs=(Port("", FloatArray, doc="(R * C,) float32, column by column"),),
    )

    def process(self, context: Context) -> None:
        """Lay one matrix out."""
        matrix = context.inputs[0].packet
        if matrix is not None:
            context.outputs[0].emit(np.array(matrix.value, np.float32).flatten(order="F"))
