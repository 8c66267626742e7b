"""InverseMatrixCalculator: invert a transform."""

from __future__ import annotations

from calculators.kernels.segmentation import invert_by_blocks
from calculators.types import Matrix4
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class InverseMatrixCalculator(Calculator[NoOptions]):
    """Invert the transform of a crop, so that what was found in it can be put back.

    Timing: one matrix for each matrix.

    Options: none.

    Example:
        ```yaml
        input_stream: [transformation_matrix]
        output_stream: [inverse_transformation_matrix]
        node:
          - calculator: InverseMatrixCalculator
            input_stream: ["MATRIX:transformation_matrix"]
            output_stream: ["MATRIX:inverse_transformation_matrix"]
        ```

    Source: MediaPipe, calculators/util/inverse_matrix_calculator.cc
    """

    contract = Contract(
        inputs=(Port("MATRIX", Matrix4, doc="rotation and scaling in x, y; scaling in z; shift"),),
        outputs=(Port("MATRIX", Matrix4, doc="its inverse"),),
    )

    def process(self, context: Context) -> None:
        """Invert one matrix."""
        matrix = context.inputs["MATRIX"]
        if not matrix.is_empty:
            context.outputs["MATRIX"].emit(invert_by_blocks(matrix.value))
