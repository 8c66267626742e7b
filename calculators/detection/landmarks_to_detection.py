"""LandmarksToDetectionCalculator: the box around landmarks, with them as keypoints."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.landmarks import landmarks_to_detection
from calculators.types import Detection, NormalizedLandmarks
from graphflow import Calculator, Context, Contract, Options, Port, register


class LandmarksToDetectionOptions(Options):
    """Which landmarks count; the name is MediaPipe's."""

    selected_landmark_indices: tuple[int, ...] = Field(
        (), description="rows to use, in this order; all by default"
    )


@register
class LandmarksToDetectionCalculator(Calculator[LandmarksToDetectionOptions]):
    """Turn landmarks into a detection: their tight box, themselves as keypoints, score 1.

    Timing: one detection for each list of landmarks.

    Options: selected_landmark_indices (rows; all by default).

    Example:
        ```yaml
        input_stream: [auxiliary_landmarks]
        output_stream: [detection]
        node:
          - calculator: LandmarksToDetectionCalculator
            input_stream: ["NORM_LANDMARKS:auxiliary_landmarks"]
            output_stream: ["DETECTION:detection"]
        ```

    Source: MediaPipe, calculators/util/landmarks_to_detection_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(N, 5), N at least 1, in any space"),
        ),
        outputs=(
            Port("DETECTION", Detection, doc="in the landmarks' space; keypoints in their order"),
        ),
        options=LandmarksToDetectionOptions,
    )

    def process(self, context: Context) -> None:
        """Turn one list into a detection."""
        landmarks = context.inputs["NORM_LANDMARKS"]
        if landmarks.is_empty:
            return
        selected = self.options.selected_landmark_indices or None
        context.outputs["DETECTION"].emit(landmarks_to_detection(landmarks.value, selected))
