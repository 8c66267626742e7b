"""RefineLandmarksFromHeatmapCalculator: move landmarks to where a heat map has them."""

from __future__ import annotations

from pydantic import Field, field_validator

from calculators.kernels.heatmap import refine_landmarks
from calculators.types import NormalizedLandmarks, Tensors
from graphflow import Calculator, Context, Contract, Options, Port, register


class RefineLandmarksFromHeatmapOptions(Options):
    """Size of the window and least confidence; the names are MediaPipe's."""

    kernel_size: int = Field(9, ge=1, description="side of the window, in cells; odd")
    min_confidence_to_refine: float = Field(
        0.5, ge=0.0, le=1.0, description="a landmark moves if a cell of its window reaches this"
    )
    refine_presence: bool = Field(False, description="limit presence to the window's maximum")
    refine_visibility: bool = Field(False, description="limit visibility to the window's maximum")

    @field_validator("kernel_size")
    @classmethod
    def _check_odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError(f"found {size}; expected an odd number")
        return size


@register
class RefineLandmarksFromHeatmapCalculator(Calculator[RefineLandmarksFromHeatmapOptions]):
    """Move each landmark to the centre of mass of its heat map's cells around it.

    Timing: one list where there are both landmarks and heat map, else nothing.

    Options: kernel_size (cells, odd; 9), min_confidence_to_refine (0 to 1; 0.5), refine_presence
    (false), refine_visibility (false).

    Example:
        ```yaml
        input_stream: [raw_landmarks, heatmap_tensor]
        output_stream: [all_landmarks]
        node:
          - calculator: RefineLandmarksFromHeatmapCalculator
            input_stream: ["NORM_LANDMARKS:raw_landmarks", "TENSORS:heatmap_tensor"]
            output_stream: ["NORM_LANDMARKS:all_landmarks"]
            options: {kernel_size: 7}
        ```

    Source: MediaPipe, calculators/util/refine_landmarks_from_heatmap_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(N, 5), of the heat map"),
            Port("TENSORS", Tensors, doc="one tensor, (1, height, width, N), logits"),
        ),
        outputs=(Port("NORM_LANDMARKS", NormalizedLandmarks, doc="refined where it is confident"),),
        options=RefineLandmarksFromHeatmapOptions,
    )

    def open(self, context: Context) -> None:
        """Read the options, which stay."""
        self._settings = self.options.model_dump()

    def process(self, context: Context) -> None:
        """Refine one list."""
        landmarks, tensors = context.inputs["NORM_LANDMARKS"], context.inputs["TENSORS"]
        if landmarks.is_empty or tensors.is_empty:
            return
        if len(tensors.value) != 1:
            raise ValueError(f"found {len(tensors.value)} tensors; expected one heat map")
        refined = refine_landmarks(landmarks.value, tensors.value[0], **self._settings)
        context.outputs["NORM_LANDMARKS"].emit(refined)
