"""WarpAffineCalculator: put the mask of a region back into the image."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from calculators.kernels.segmentation import warp_mask
from calculators.tensor.gpu_origin import GpuOrigin
from calculators.types import ImageSize, Mask, Matrix4
from graphflow import Calculator, Context, Contract, Options, Port, register


class BorderMode(Enum):
    """What lies outside the mask; only nothing (0) is supported."""

    BORDER_UNSPECIFIED = "BORDER_UNSPECIFIED"
    BORDER_ZERO = "BORDER_ZERO"


class Interpolation(Enum):
    """How values between cells are found; only linearly is supported."""

    INTER_UNSPECIFIED = "INTER_UNSPECIFIED"
    INTER_LINEAR = "INTER_LINEAR"


class WarpAffineOptions(Options):
    """How the mask is sampled; the names are MediaPipe's."""

    border_mode: BorderMode = Field(
        BorderMode.BORDER_UNSPECIFIED, description="outside the mask is 0"
    )
    interpolation: Interpolation = Field(
        Interpolation.INTER_UNSPECIFIED, description="between cells, linearly"
    )
    gpu_origin: GpuOrigin = Field(GpuOrigin.DEFAULT, description="ignored: there is no GPU")


@register
class WarpAffineCalculator(Calculator[WarpAffineOptions]):
    """Draw a region's mask into an image-sized mask, bilinearly, 0 outside the region.

    Timing: one mask where all three inputs have a packet, else nothing.

    Options: border_mode (BORDER_ZERO, also the default), interpolation (INTER_LINEAR, also the
    default), gpu_origin (no effect).

    Example:
        ```yaml
        input_stream: [roi_segmentation_mask, inverse_transformation_matrix, image_size]
        output_stream: [segmentation_mask]
        node:
          - calculator: WarpAffineCalculator
            input_stream:
              - "IMAGE:roi_segmentation_mask"
              - "MATRIX:inverse_transformation_matrix"
              - "OUTPUT_SIZE:image_size"
            output_stream: ["IMAGE:segmentation_mask"]
            options: {border_mode: BORDER_ZERO}
        ```

    Source: MediaPipe, calculators/image/warp_affine_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("IMAGE", Mask, doc="mask of the region, any size"),
            Port("MATRIX", Matrix4, doc="from the image to the region, both normalised"),
            Port("OUTPUT_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("IMAGE", Mask, doc="mask of the image's size"),),
        options=WarpAffineOptions,
    )

    def process(self, context: Context) -> None:
        """Draw one mask."""
        mask, matrix = context.inputs["IMAGE"], context.inputs["MATRIX"]
        size = context.inputs["OUTPUT_SIZE"]
        if mask.is_empty or matrix.is_empty or size.is_empty:
            return
        context.outputs["IMAGE"].emit(warp_mask(mask.value, matrix.value, size.value))
