"""TextOverlayCalculator: values written into the image."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from pydantic import Field

from calculators.kernels.drawing import draw_lines_of_text_onto
from calculators.types import RgbImage
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class TextLine(Options):
    """How one value is written."""

    label: str = Field("", description="stands before the value")
    decimals: int = Field(0, ge=0, le=9, description="digits after the point, for floats")
    unit: str = Field("", description="stands after the value")


class TextOverlayOptions(Options):
    """Options of TextOverlayCalculator."""

    line: tuple[TextLine, ...] = Field(
        (), description="for each VALUE, how it is written; without it, the value alone"
    )
    font_height_px: int = Field(14, ge=4, description="height of a capital letter")


@register
class TextOverlayCalculator(Calculator[TextOverlayOptions]):
    """Write values into the upper left corner of each image, one a line.

    Timing: one image for each image, at its time. A value that is empty at that time has no line;
    an image without a line passes as it is. What shall stay must come with each image: see
    PacketClonerCalculator.

    Ports: IMAGE in and out; VALUE, VALUE:1, ...: numbers, truth values or texts.

    Options: line (label, decimals and unit of each VALUE), font_height_px (14).

    Example:
        ```yaml
        input_stream: [image, squats, knee_angle]
        output_stream: [image_with_text]
        node:
          - calculator: TextOverlayCalculator
            input_stream: ["IMAGE:image", "VALUE:squats", "VALUE:1:knee_angle"]
            output_stream: ["IMAGE:image_with_text"]
            options: {line: [{label: squats}, {label: knee, unit: deg}]}
        ```

    Source: ours; in the place of calculators/util/annotation_overlay_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("IMAGE", RgbImage, doc="(H, W, 3) uint8 RGB; not changed"),
            Port("VALUE", repeated=True, doc="a number, truth value or text for each line"),
        ),
        outputs=(Port("IMAGE", RgbImage, doc="(H, W, 3) uint8 RGB, read-only"),),
        options=TextOverlayOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[TextOverlayOptions]) -> Contract:
        """Check that each line has its value.

        Raises:
            ContractError: there are not as many lines as values.
        """
        lines, values = len(node.options.line), len(node.inputs.indexes("VALUE"))
        if lines not in (0, values):
            raise ContractError(f"found {lines} lines for {values} values; expected one each")
        return cls.contract

    def process(self, context: Context) -> None:
        """Write over one image."""
        image = context.inputs["IMAGE"]
        if image.is_empty:
            return
        values = context.inputs.tagged("VALUE")
        styles = self.options.line or (TextLine(),) * len(values)
        lines = [
            line_of_text(each.value, style)
            for each, style in zip(values, styles, strict=True)
            if not each.is_empty
        ]
        canvas: RgbImage = image.value
        if lines:
            canvas = RgbImage(canvas.copy())
            draw_lines_of_text_onto(canvas, lines, self.options.font_height_px)
            canvas.setflags(write=False)
        context.outputs["IMAGE"].emit(canvas)


def line_of_text(value: Any, style: TextLine) -> str:
    """Return a value as text: floats rounded, everything else as Python prints it."""
    is_rounded = isinstance(value, Real) and not isinstance(value, Integral)
    text = f"{value:.{style.decimals}f}" if is_rounded else str(value)
    return " ".join(each for each in (style.label, text, style.unit) if each)
