"""VisibilityCopyCalculator: give world landmarks the visibility of image landmarks."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.landmarks import LANDMARK_FIELDS, with_visibility
from calculators.types import FloatArray, NormalizedLandmarks, WorldLandmarks
from graphflow import Calculator, Context, Contract, Options, Port, register

_VISIBILITY, _PRESENCE = map(LANDMARK_FIELDS.index, ("visibility", "presence"))


class VisibilityCopyOptions(Options):
    """What is copied; the names are MediaPipe's."""

    copy_visibility: bool = Field(True, description="copy visibility")
    copy_presence: bool = Field(True, description="copy presence")


@register
class VisibilityCopyCalculator(Calculator[VisibilityCopyOptions]):
    """Copy visibility and presence from image landmarks to world landmarks of the same body.

    Timing: one list where both inputs have a packet, else nothing.

    Options: copy_visibility (true), copy_presence (true).

    Example:
        ```yaml
        input_stream: [landmarks, bare_world_landmarks]
        output_stream: [world_landmarks]
        node:
          - calculator: VisibilityCopyCalculator
            input_stream: ["NORM_LANDMARKS_FROM:landmarks", "LANDMARKS_TO:bare_world_landmarks"]
            output_stream: ["LANDMARKS_TO:world_landmarks"]
        ```

    Source: MediaPipe, calculators/util/visibility_copy_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS_FROM", NormalizedLandmarks, doc="(N, 5), with visibility"),
            Port("LANDMARKS_TO", WorldLandmarks, doc="(N, 5), with coordinates"),
        ),
        outputs=(Port("LANDMARKS_TO", WorldLandmarks, doc="coordinates and visibility"),),
        options=VisibilityCopyOptions,
    )

    def process(self, context: Context) -> None:
        """Copy the columns of one list."""
        source, target = context.inputs["NORM_LANDMARKS_FROM"], context.inputs["LANDMARKS_TO"]
        if source.is_empty or target.is_empty:
            return
        result: FloatArray = with_visibility(target.value, source.value)
        if not self.options.copy_visibility:
            result[:, _VISIBILITY] = target.value[:, _VISIBILITY]
        if not self.options.copy_presence:
            result[:, _PRESENCE] = target.value[:, _PRESENCE]
        context.outputs["LANDMARKS_TO"].emit(WorldLandmarks(result))
