"""MirrorRectCalculator: where a region lies in the mirrored image."""

from __future__ import annotations

from calculators.kernels.mirror import mirror_rect
from calculators.types import ImageSize, NormalizedRect
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MirrorRectCalculator(Calculator[NoOptions]):
    """Move a region to where a mirror shows it; done twice, it is where it was.

    Timing: one rectangle where both inputs have a packet, else nothing.

    Options: none.

    Example:
        ```yaml
        input_stream: [roi, image_size]
        output_stream: [mirrored_roi]
        node:
          - calculator: MirrorRectCalculator
            input_stream: ["NORM_RECT:roi", "IMAGE_SIZE:image_size"]
            output_stream: ["NORM_RECT:mirrored_roi"]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(
            Port("NORM_RECT", NormalizedRect, doc="in the image"),
            Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("NORM_RECT", NormalizedRect, doc="in the mirrored image"),),
    )

    def process(self, context: Context) -> None:
        """Mirror one rectangle."""
        rect, size = context.inputs["NORM_RECT"], context.inputs["IMAGE_SIZE"]
        if not (rect.is_empty or size.is_empty):
            context.outputs["NORM_RECT"].emit(mirror_rect(rect.value, size.value))
