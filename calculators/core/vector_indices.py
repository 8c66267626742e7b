"""VectorIndicesCalculator: the indices of a collection's elements."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class VectorIndicesCalculator(Calculator[NoOptions]):
    """List the indices of each collection's elements: 0, 1, 2 and so on.

    Timing: for each collection one tuple.

    Ports: VECTOR, anything with a length; INDICES, a tuple of integers, to be looped over.

    Options: none.

    Example:
        ```yaml
        input_stream: [detections]
        output_stream: [detection_indices]
        node:
          - calculator: VectorIndicesCalculator
            input_stream: ["VECTOR:detections"]
            output_stream: ["INDICES:detection_indices"]
        ```

    Source: MediaPipe, calculators/core/vector_indices_calculator.h, which is registered once for
        each type of element.
    """

    contract = Contract(
        inputs=(Port("VECTOR", doc="a collection"),),
        outputs=(Port("INDICES", doc="tuple of its indices, from 0"),),
    )

    def process(self, context: Context) -> None:
        """List one collection's indices."""
        vector = context.inputs["VECTOR"]
        if not vector.is_empty:
            context.outputs["INDICES"].emit(tuple(range(len(vector.value))))
