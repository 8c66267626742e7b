"""WorldLandmarkProjectionCalculator: turn world landmarks as the region was turned."""

from __future__ import annotations

from calculators.kernels.landmarks import rotate_world_landmarks
from calculators.types import NormalizedRect, WorldLandmarks
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class WorldLandmarkProjectionCalculator(Calculator[NoOptions]):
    """Turn world landmarks by the rotation of the region they were found in.

    Timing: one list where all connected inputs have a packet, else nothing. Without NORM_RECT the
    landmarks pass as they are.

    Options: none.

    Example:
        ```yaml
        input_stream: [roi_world_landmarks, roi]
        output_stream: [world_landmarks]
        node:
          - calculator: WorldLandmarkProjectionCalculator
            input_stream: ["LANDMARKS:roi_world_landmarks", "NORM_RECT:roi"]
            output_stream: ["LANDMARKS:world_landmarks"]
        ```

    Source: MediaPipe, calculators/util/world_landmark_projection_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("LANDMARKS", WorldLandmarks, doc="metres, upright in the region"),
            Port("NORM_RECT", NormalizedRect, optional=True, doc="the region"),
        ),
        outputs=(Port("LANDMARKS", WorldLandmarks, doc="metres, upright in the image"),),
    )

    def process(self, context: Context) -> None:
        """Turn one list."""
        landmarks, rect = context.inputs["LANDMARKS"], context.inputs.get("NORM_RECT")
        if landmarks.is_empty or (rect is not None and rect.is_empty):
            return
        turned = landmarks.value
        if rect is not None:
            turned = rotate_world_landmarks(turned, rect.value[4])
        context.outputs["LANDMARKS"].emit(turned)
