"""ImagePropertiesCalculator: the size of each image."""

from __future__ import annotations

from calculators.types import ImageSize, RgbImage
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class ImagePropertiesCalculator(Calculator[NoOptions]):
    """Tell the size of each image.

    Timing: one size for each image, at its time.

    Ports: IMAGE, (H, W, 3) uint8; SIZE, width and height in pixels.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [image_size]
        node:
          - calculator: ImagePropertiesCalculator
            input_stream: ["IMAGE:image"]
            output_stream: ["SIZE:image_size"]
        ```

    Source: MediaPipe, calculators/image/image_properties_calculator.cc
    """

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage, doc="(H, W, 3) uint8 RGB"),),
        outputs=(Port("SIZE", ImageSize, doc="width and height in pixels"),),
    )

    def process(self, context: Context) -> None:
        """Tell one size."""
        image = context.inputs["IMAGE"]
        if not image.is_empty:
            height, width = image.value.shape[:2]
            context.outputs["SIZE"].emit(ImageSize(width, height))
