"""VectorSizeCalculator: how many elements a collection has."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class VectorSizeCalculator(Calculator[NoOptions]):
    """Count the elements of each collection.

    Timing: for each collection one number.

    Ports: VECTOR, anything with a length, of an array its first axis; SIZE.

    Options: none.

    Example:
        ```yaml
        input_stream: [detections]
        output_stream: [detection_count]
        node:
          - calculator: VectorSizeCalculator
            input_stream: ["VECTOR:detections"]
            output_stream: ["SIZE:detection_count"]
        ```

    Source: MediaPipe, calculators/core/vector_size_calculator.h, which is registered once for each
        type of element.
    """

    contract = Contract(
        inputs=(Port("VECTOR", doc="a collection"),),
        outputs=(Port("SIZE", int, doc="how many elements it has"),),
    )

    def process(self, context: Context) -> None:
        """Count one collection."""
        vector = context.inputs["VECTOR"]
        if not vector.is_empty:
            context.outputs["SIZE"].emit(len(vector.value))
