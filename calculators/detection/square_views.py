"""SquareViewsCalculator: the squares to look at an image through."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.views import degrees_to_radians, square_view
from calculators.types import ImageSize
from graphflow import Calculator, Context, Contract, Options, Port, register


class View(Options):
    """One square; by default it holds the whole image."""

    x_center: float = Field(0.5, description="its centre, normalised to the image")
    y_center: float = Field(0.5, description="its centre, normalised to the image")
    side: float = Field(1.0, gt=0.0, description="its side, in units of the image's longer side")
    rotation_degrees: float = Field(0.0, description="its turn, clockwise on screen")


class SquareViewsOptions(Options):
    """Which squares."""

    views: tuple[View, ...] = Field(min_length=1, description="the squares, in order")


@register
class SquareViewsCalculator(Calculator[SquareViewsOptions]):
    """Lay squares over an image, for a model that shall look at it in several ways.

    Turned ones for what does not stand upright, small ones for what is small, large ones for what
    fills the image.

    Timing: for each image size, one collection of regions.

    Ports: IMAGE_SIZE, pixels; ITERABLE, a tuple of NormalizedRect, square in pixels, one for each
    view.

    Options: views (each x_center, y_center (normalised; 0.5), side (in units of the image's longer
    side; 1.0), rotation_degrees (clockwise on screen; 0.0); at least one).

    Example:
        ```yaml
        input_stream: [image_size]
        output_stream: [regions]
        node:
          - calculator: SquareViewsCalculator
            input_stream: ["IMAGE_SIZE:image_size"]
            output_stream: ["ITERABLE:regions"]
            options:
              views: [{}, {rotation_degrees: 30.0}, {side: 1.5}]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),),
        outputs=(Port("ITERABLE", doc="tuple of NormalizedRect"),),
        options=SquareViewsOptions,
    )

    def process(self, context: Context) -> None:
        """Lay the squares over one image."""
        size = context.inputs["IMAGE_SIZE"]
        if size.is_empty:
            return
        views = tuple(
            square_view(
                size.value,
                view.x_center,
                view.y_center,
                view.side,
                degrees_to_radians(view.rotation_degrees),
            )
            for view in self.options.views
        )
        context.outputs["ITERABLE"].emit(views)
