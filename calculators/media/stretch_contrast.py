"""StretchContrastCalculator: bring a dark or pale image to the whole range of levels."""

from __future__ import annotations

from pydantic import Field, model_validator

from calculators.kernels.contrast import stretch_contrast
from calculators.types import RgbImage
from graphflow import Calculator, Context, Contract, Options, Port, register


class StretchContrastOptions(Options):
    """How much of the image may be lost at both ends."""

    low_percent: float = Field(
        0.5, ge=0.0, le=100.0, description="percent of the values that may become 0"
    )
    high_percent: float = Field(
        99.5, ge=0.0, le=100.0, description="percent of the values beyond which they may become 255"
    )

    @model_validator(mode="after")
    def _check_order(self) -> StretchContrastOptions:
        if self.low_percent >= self.high_percent:
            raise ValueError(
                f"found low_percent {self.low_percent} and high_percent {self.high_percent}; "
                "expected low_percent < high_percent"
            )
        return self


@register
class StretchContrastCalculator(Calculator[StretchContrastOptions]):
    """Spread an image's levels linearly over the whole range, the same for all channels.

    Timing: one image for each image.

    Options: low_percent (of the values that may become 0; 0.5), high_percent (beyond which they may
    become 255; 99.5).

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [clear_image]
        node:
          - calculator: StretchContrastCalculator
            input_stream: ["IMAGE:image"]
            output_stream: ["IMAGE:clear_image"]
        ```

    Source: ours; as ImageMagick's -contrast-stretch
    """

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage, doc="(H, W, 3) uint8"),),
        outputs=(Port("IMAGE", RgbImage, doc="of the same size"),),
        options=StretchContrastOptions,
    )

    def process(self, context: Context) -> None:
        """Stretch one image."""
        image = context.inputs["IMAGE"]
        if image.is_empty:
            return
        low_share, high_share = self.options.low_percent / 100, self.options.high_percent / 100
        context.outputs["IMAGE"].emit(stretch_contrast(image.value, low_share, high_share))
