"""RectTransformationCalculator: shift, square and grow a rectangle."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from calculators.kernels.roi import RectTransformation, transform_rect
from calculators.types import ImageSize, NormalizedRect
from graphflow import Calculator, Context, Contract, Options, Port, register


class RectTransformationOptions(Options):
    """How the rectangle changes; the names are MediaPipe's."""

    scale_x: float = Field(1.0, description="factor on the width")
    scale_y: float = Field(1.0, description="factor on the height")
    rotation: float | None = Field(
        None, description="radians, clockwise, that turn the direction of the shift"
    )
    rotation_degrees: float | None = Field(None, description="the same in degrees")
    shift_x: float = Field(0.0, description="move along its own x axis, in widths")
    shift_y: float = Field(0.0, description="move along its own y axis, in heights")
    square_long: bool = Field(False, description="both sides become the longer one, in pixels")
    square_short: bool = Field(False, description="both sides become the shorter one, in pixels")

    @model_validator(mode="after")
    def _check_choices(self) -> RectTransformationOptions:
        if self.square_long and self.square_short:
            raise ValueError("found square_long and square_short; expected at most one of them")
        if self.rotation is not None and self.rotation_degrees is not None:
            raise ValueError("found rotation and rotation_degrees; expected at most one of them")
        return self


@register
class RectTransformationCalculator(Calculator[RectTransformationOptions]):
    """Shift, square and scale a rectangle about its centre.

    The rectangle's own rotation stays; the option turns only the direction of the shift, as in
    MediaPipe.

    Timing: one rectangle where there are a rectangle and an image size.

    Options: scale_x, scale_y (factors; 1.0), shift_x (widths; 0.0), shift_y (heights; 0.0),
    rotation (radians) or rotation_degrees, clockwise (none), square_long or square_short (false).

    Example:
        ```yaml
        input_stream: [raw_roi, image_size]
        output_stream: [roi]
        node:
          - calculator: RectTransformationCalculator
            input_stream: ["NORM_RECT:raw_roi", "IMAGE_SIZE:image_size"]
            output_stream: ["roi"]
            options: {scale_x: 1.25, scale_y: 1.25, square_long: true}
        ```

    Source: MediaPipe, calculators/util/rect_transformation_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("NORM_RECT", NormalizedRect, doc="normalised to the image, rotation in radians"),
            Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("", NormalizedRect, doc="the changed one; may leave the image"),),
        options=RectTransformationOptions,
    )

    def open(self, context: Context) -> None:
        """Read the options that do not change."""
        options = self.options
        rotation_rad = options.rotation
        if options.rotation_degrees is not None:
            rotation_rad = math.pi * options.rotation_degrees / 180.0
        changes = options.model_dump(exclude={"rotation", "rotation_degrees"})
        self._transformation = RectTransformation(**changes, rotation=rotation_rad)

    def process(self, context: Context) -> None:
        """Change one rectangle."""
        rect, size = context.inputs["NORM_RECT"], context.inputs["IMAGE_SIZE"]
        if rect.is_empty or size.is_empty:
            return
        context.outputs[0].emit(transform_rect(rect.value, size.value, self._transformation))
