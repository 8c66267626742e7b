"""SegmentationSmoothingCalculator: steady a mask over time."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.segmentation import smooth_mask
from calculators.types import Mask
from graphflow import Calculator, Context, Contract, Options, Port, register


class SegmentationSmoothingOptions(Options):
    """How much of the past stays; the name is MediaPipe's."""

    combine_with_previous_ratio: float = Field(
        0.0, ge=0.0, le=1.0, description="weight of the previous mask where this one is undecided"
    )


@register
class SegmentationSmoothingCalculator(Calculator[SegmentationSmoothingOptions]):
    """Blend a mask with the previous one, the more the less certain it is.

    Timing: one mask for each mask. Where MASK_PREVIOUS is empty or of another size, or the
    ratio is 0, the mask passes as it is; a previous mask alone gives nothing.

    Options: combine_with_previous_ratio (0 to 1; default 0, no smoothing).

    Example:
        ```yaml
        input_stream: [mask, previous_mask]
        output_stream: [smoothed_mask]
        node:
          - calculator: SegmentationSmoothingCalculator
            input_stream: ["MASK:mask", "MASK_PREVIOUS:previous_mask"]
            output_stream: ["MASK_SMOOTHED:smoothed_mask"]
            options: {combine_with_previous_ratio: 0.7}
        ```

    Source: MediaPipe, calculators/image/segmentation_smoothing_calculator.cc (there, masks of
        different sizes end the run)
    """

    contract = Contract(
        inputs=(
            Port("MASK", Mask, doc="in [0, 1]"),
            Port("MASK_PREVIOUS", Mask, doc="the smoothed mask of the frame before"),
        ),
        outputs=(Port("MASK_SMOOTHED", Mask, doc="in [0, 1]"),),
        options=SegmentationSmoothingOptions,
    )

    def process(self, context: Context) -> None:
        """Smooth one mask."""
        mask, previous = context.inputs["MASK"], context.inputs["MASK_PREVIOUS"]
        if mask.is_empty:
            return
        result: Mask = mask.value
        ratio = self.options.combine_with_previous_ratio
        # A source may change its frame size; masks of two sizes have nothing to blend.
        if ratio and not previous.is_empty and previous.value.shape == result.shape:
            result = smooth_mask(result, previous.value, ratio)
        context.outputs["MASK_SMOOTHED"].emit(result)
