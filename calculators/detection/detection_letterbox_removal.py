"""DetectionLetterboxRemovalCalculator: from a padded tensor back to the image."""

from __future__ import annotations

from calculators.kernels.letterbox import remove_from_detections
from calculators.types import Detections, LetterboxPadding
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class DetectionLetterboxRemovalCalculator(Calculator[NoOptions]):
    """Express detections, normalised to a letterboxed tensor, in the image without its borders.

    Timing: one batch where both inputs have a packet, else nothing.

    Options: none.

    Example:
        ```yaml
        input_stream: [detections, letterbox_padding]
        output_stream: [pose_detections]
        node:
          - calculator: DetectionLetterboxRemovalCalculator
            input_stream: ["DETECTIONS:detections", "LETTERBOX_PADDING:letterbox_padding"]
            output_stream: ["DETECTIONS:pose_detections"]
        ```

    Source: MediaPipe, calculators/util/detection_letterbox_removal_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("DETECTIONS", Detections, doc="normalised to the padded tensor"),
            Port("LETTERBOX_PADDING", LetterboxPadding, doc="the borders, as fractions"),
        ),
        outputs=(Port("DETECTIONS", Detections, doc="normalised to the image"),),
    )

    def process(self, context: Context) -> None:
        """Remove the borders from one batch."""
        detections = context.inputs["DETECTIONS"]
        padding = context.inputs["LETTERBOX_PADDING"]
        if detections.is_empty or padding.is_empty:
            return
        context.outputs["DETECTIONS"].emit(remove_from_detections(detections.value, padding.value))
