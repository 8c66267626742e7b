"""MirrorImageCalculator: an image as a mirror shows it."""

from __future__ import annotations

from calculators.kernels.mirror import mirror_image
from calculators.types import RgbImage
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MirrorImageCalculator(Calculator[NoOptions]):
    """Exchange left and right of an image.

    Timing: one image for each image.

    Options: none.

    Example:
        ```yaml
        input_stream: [image]
        output_stream: [mirrored_image]
        node:
          - calculator: MirrorImageCalculator
            input_stream: ["IMAGE:image"]
            output_stream: ["IMAGE:mirrored_image"]
        ```

    Source: ours; MediaPipe has it as ImageTransformationCalculator's option flip_horizontally
    """

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage, doc="(H, W, 3) uint8"),),
        outputs=(Port("IMAGE", RgbImage, doc="of the same size"),),
    )

    def process(self, context: Context) -> None:
        """Mirror one image."""
        image = context.inputs["IMAGE"]
        if not image.is_empty:
            context.outputs["IMAGE"].emit(mirror_image(image.value))
