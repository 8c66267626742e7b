"""LandmarkLetterboxRemovalCalculator: from a padded tensor back to the region."""

from __future__ import annotations

from calculators.kernels.letterbox import remove_from_landmarks
from calculators.types import LetterboxPadding, NormalizedLandmarks
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class LandmarkLetterboxRemovalCalculator(Calculator[NoOptions]):
    """Express landmarks, normalised to a letterboxed tensor, in the region without its borders.

    Timing: one list where both inputs have a packet, else nothing.

    Options: none.

    Example:
        ```yaml
        input_stream: [roi_landmarks, letterbox_padding]
        output_stream: [adjusted_landmarks]
        node:
          - calculator: LandmarkLetterboxRemovalCalculator
            input_stream: ["LANDMARKS:roi_landmarks", "LETTERBOX_PADDING:letterbox_padding"]
            output_stream: ["LANDMARKS:adjusted_landmarks"]
        ```

    Source: MediaPipe, calculators/util/landmark_letterbox_removal_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("LANDMARKS", NormalizedLandmarks, doc="normalised to the padded tensor"),
            Port("LETTERBOX_PADDING", LetterboxPadding, doc="the borders, as fractions"),
        ),
        outputs=(Port("LANDMARKS", NormalizedLandmarks, doc="normalised to the region"),),
    )

    def process(self, context: Context) -> None:
        """Remove the borders from one list."""
        landmarks, padding = context.inputs["LANDMARKS"], context.inputs["LETTERBOX_PADDING"]
        if landmarks.is_empty or padding.is_empty:
            return
        context.outputs["LANDMARKS"].emit(remove_from_landmarks(landmarks.value, padding.value))
