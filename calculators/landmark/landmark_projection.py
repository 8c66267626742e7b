"""LandmarkProjectionCalculator: from a region to the image."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calculators.kernels.landmarks import project_landmarks
from calculators.types import NormalizedLandmarks, NormalizedRect
from graphflow import Calculator, Context, Contract, Options, Port, register


class LandmarkProjectionOptions(Options):
    """How landmarks are projected; the name is MediaPipe's."""

    ignore_rotation: bool = Field(False, description="treat the region as upright")


@register
class LandmarkProjectionCalculator(Calculator[LandmarkProjectionOptions]):
    """Move landmarks from a region's own coordinates to the image's.

    Timing: one list where both inputs have a packet, else nothing.

    Options: ignore_rotation (false).

    Example:
        ```yaml
        input_stream: [adjusted_landmarks, roi]
        output_stream: [landmarks]
        node:
          - calculator: LandmarkProjectionCalculator
            input_stream: ["NORM_LANDMARKS:adjusted_landmarks", "NORM_RECT:roi"]
            output_stream: ["NORM_LANDMARKS:landmarks"]
        ```

    Source: MediaPipe, calculators/util/landmark_projection_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="normalised to the region"),
            Port("NORM_RECT", NormalizedRect, doc="the region; square in pixels"),
        ),
        outputs=(Port("NORM_LANDMARKS", NormalizedLandmarks, doc="normalised to the image"),),
        options=LandmarkProjectionOptions,
    )

    def process(self, context: Context) -> None:
        """Project one list."""
        landmarks, rect = context.inputs["NORM_LANDMARKS"], context.inputs["NORM_RECT"]
        if landmarks.is_empty or rect.is_empty:
            return
        region: NormalizedRect = rect.value
        if self.options.ignore_rotation:
            region = NormalizedRect(np.append(region[:4], np.float32(0)))
        context.outputs["NORM_LANDMARKS"].emit(project_landmarks(landmarks.value, region))
