"""DetectionProjectionCalculator: from a region to the image."""

from __future__ import annotations

from calculators.kernels.views import project_detections
from calculators.types import Detections, Matrix4
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class DetectionProjectionCalculator(Calculator[NoOptions]):
    """Move detections by a matrix, as ImageToTensorCalculator makes it: from region to image.

    A box becomes the upright one around its moved corners.

    Timing: one batch where both inputs have a packet, else nothing.

    Options: none.

    Example:
        ```yaml
        input_stream: [region_detections, region_to_image]
        output_stream: [detections]
        node:
          - calculator: DetectionProjectionCalculator
            input_stream:
              - "DETECTIONS:region_detections"
              - "PROJECTION_MATRIX:region_to_image"
            output_stream: ["DETECTIONS:detections"]
        ```

    Source: MediaPipe, calculators/util/detection_projection_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("DETECTIONS", Detections, doc="normalised to the region"),
            Port("PROJECTION_MATRIX", Matrix4, doc="from the region to the image"),
        ),
        outputs=(Port("DETECTIONS", Detections, doc="normalised to the image"),),
    )

    def process(self, context: Context) -> None:
        """Project one batch."""
        detections = context.inputs["DETECTIONS"]
        matrix = context.inputs["PROJECTION_MATRIX"]
        if not (detections.is_empty or matrix.is_empty):
            projected = project_detections(detections.value, matrix.value)
            context.outputs["DETECTIONS"].emit(projected)
