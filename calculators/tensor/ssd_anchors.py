"""SsdAnchorsCalculator: lay out the anchors of a single-shot detector, once per run."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.anchors import SsdAnchorOptions, generate_anchors
from calculators.types import Anchors
from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.words.errors import UsageError


class SsdAnchorsOptions(Options):
    """Where the anchors lie; the names are MediaPipe's."""

    input_size_width: int = Field(ge=1, description="width of the model input, in pixels")
    input_size_height: int = Field(ge=1, description="height of the model input, in pixels")
    min_scale: float = Field(description="size of the first layer's anchors, of the input's 1.0")
    max_scale: float = Field(description="size of the last layer's anchors, of the input's 1.0")
    num_layers: int = Field(ge=1, description="output layers of the model; each has one stride")
    strides: tuple[int, ...] = Field(description="pixels between the anchors of each layer")
    aspect_ratios: tuple[float, ...] = Field((1.0,), description="width / height of each anchor")
    anchor_offset_x: float = Field(0.5, description="place of an anchor in its cell, 0 to 1")
    anchor_offset_y: float = Field(0.5, description="place of an anchor in its cell, 0 to 1")
    fixed_anchor_size: bool = Field(False, description="every anchor is 1 wide and 1 high")
    interpolated_scale_aspect_ratio: float = Field(
        1.0, description="width / height of one more anchor per layer; 0 for none"
    )
    reduce_boxes_in_lowest_layer: bool = Field(
        False, description="three predefined anchors in the first layer"
    )


@register
class SsdAnchorsCalculator(Calculator[SsdAnchorsOptions]):
    """Lay out the anchors that a single-shot detector's boxes are relative to.

    Timing: no streams; the anchors are a side packet, made when the run starts. In a graph whose
    file gives no tag, the output may also be written without one, as MediaPipe does.

    Options: input_size_width, input_size_height (pixels), min_scale, max_scale (of the input's
    1.0), num_layers, strides (pixels, one per layer), aspect_ratios (width / height; [1.0]),
    anchor_offset_x, anchor_offset_y (of a cell; 0.5), fixed_anchor_size (false),
    interpolated_scale_aspect_ratio (1.0; 0 for none), reduce_boxes_in_lowest_layer (false).

    Example:
        ```yaml
        output_side_packet: [anchors]
        node:
          - calculator: SsdAnchorsCalculator
            output_side_packet: ["ANCHORS:anchors"]
            options:
              input_size_width: 224
              input_size_height: 224
              min_scale: 0.1484375
              max_scale: 0.75
              num_layers: 5
              strides: [8, 16, 32, 32, 32]
              fixed_anchor_size: true
        ```

    Source: MediaPipe, calculators/tflite/ssd_anchors_calculator.cc
    """

    contract = Contract(
        side_outputs=(
            Port("ANCHORS", Anchors, optional=True, doc="(N, 4) x, y, width, height; normalised"),
            Port("", Anchors, optional=True, doc="the same, without a tag"),
        ),
        options=SsdAnchorsOptions,
    )

    def open(self, context: Context) -> None:
        """Make the anchors."""
        try:
            anchors = generate_anchors(SsdAnchorOptions(**self.options.model_dump()))
        except ValueError as fault:
            raise UsageError(str(fault)) from fault
        anchors.setflags(write=False)
        for tag in ("ANCHORS", ""):
            if tag in context.side_outputs:
                context.side_outputs[tag] = anchors
