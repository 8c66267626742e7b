"""ImageToTensorCalculator: cut a region out of an image, as a model wants it."""

from __future__ import annotations

from enum import Enum

import numpy as np
from pydantic import Field, model_validator

from calculators.kernels.letterbox import no_padding, pad_roi
from calculators.kernels.roi import roi_from_rect, whole_image_roi
from calculators.kernels.sampling import Border
from calculators.kernels.warp import crop_rotated, pixels_to_tensor, roi_to_image_matrix
from calculators.tensor.gpu_origin import GpuOrigin
from calculators.types import (
    ImageSize,
    LetterboxPadding,
    Matrix4,
    NormalizedRect,
    RgbImage,
    Tensor,
    Tensors,
)
from graphflow import Calculator, Context, Contract, Options, Port, register


class BorderMode(Enum):
    """What lies outside the image."""

    BORDER_UNSPECIFIED = "BORDER_UNSPECIFIED"
    BORDER_ZERO = "BORDER_ZERO"
    BORDER_REPLICATE = "BORDER_REPLICATE"


class FloatRange(Options):
    """The values that pixels 0 and 255 become."""

    min: float = Field(description="value of pixel 0")
    max: float = Field(description="value of pixel 255")

    @model_validator(mode="after")
    def _check_order(self) -> FloatRange:
        if self.min >= self.max:
            raise ValueError(f"found min {self.min} and max {self.max}; expected min < max")
        return self


class ImageToTensorOptions(Options):
    """Size and values of the tensor; the names are MediaPipe's."""

    output_tensor_width: int = Field(ge=1, description="width of the tensor, in pixels")
    output_tensor_height: int = Field(ge=1, description="height of the tensor, in pixels")
    keep_aspect_ratio: bool = Field(
        False, description="pad the region to the tensor's aspect ratio instead of stretching it"
    )
    output_tensor_float_range: FloatRange = Field(description="values of pixels 0 and 255")
    border_mode: BorderMode = Field(
        BorderMode.BORDER_UNSPECIFIED,
        description="outside the image: black (BORDER_ZERO), else the nearest pixel",
    )
    gpu_origin: GpuOrigin = Field(GpuOrigin.DEFAULT, description="ignored: there is no GPU")


@register
class ImageToTensorCalculator(Calculator[ImageToTensorOptions]):
    """Cut a rotated region out of an image, scaled to the tensor that a model takes.

    Timing: one tensor for each image; with NORM_RECT connected, only where there is a rectangle.

    Options: output_tensor_width, output_tensor_height (pixels, 1 or more), keep_aspect_ratio
    (false: the region is stretched), output_tensor_float_range (min < max: what pixels 0 and 255
    become), border_mode (BORDER_ZERO for black outside the image; default: the nearest pixel),
    gpu_origin (no effect).

    Example:
        ```yaml
        input_stream: [image, roi]
        output_stream: [input_tensors, letterbox_padding, transformation_matrix]
        node:
          - calculator: ImageToTensorCalculator
            input_stream: ["IMAGE:image", "NORM_RECT:roi"]
            output_stream:
              - "TENSORS:input_tensors"
              - "LETTERBOX_PADDING:letterbox_padding"
              - "MATRIX:transformation_matrix"
            options:
              output_tensor_width: 256
              output_tensor_height: 256
              keep_aspect_ratio: true
              output_tensor_float_range: {min: 0.0, max: 1.0}
        ```

    Source: MediaPipe, calculators/tensor/image_to_tensor_calculator.cc, OpenCV converter
    """

    contract = Contract(
        inputs=(
            Port("IMAGE", RgbImage, doc="(H, W, 3) uint8"),
            Port("NORM_RECT", NormalizedRect, optional=True, doc="region; else the whole image"),
        ),
        outputs=(
            Port("TENSORS", Tensors, doc="one tensor, (1, height, width, 3)"),
            Port("LETTERBOX_PADDING", LetterboxPadding, optional=True, doc="borders, fractions"),
            Port("MATRIX", Matrix4, optional=True, doc="from the padded region to the image"),
        ),
        options=ImageToTensorOptions,
    )

    def open(self, context: Context) -> None:
        """Read the options that do not change."""
        options = self.options
        self._size = ImageSize(options.output_tensor_width, options.output_tensor_height)
        is_zero = options.border_mode is BorderMode.BORDER_ZERO
        self._border = Border.ZERO if is_zero else Border.REPLICATE

    def process(self, context: Context) -> None:
        """Cut one region."""
        image, rect = context.inputs["IMAGE"], context.inputs.get("NORM_RECT")
        if image.is_empty or (rect is not None and rect.is_empty):
            return
        pixels: RgbImage = image.value
        image_size = ImageSize(pixels.shape[1], pixels.shape[0])
        roi = whole_image_roi(image_size) if rect is None else roi_from_rect(rect.value, image_size)
        padding = no_padding()
        if self.options.keep_aspect_ratio:
            roi, padding = pad_roi(roi, self._size)
        crop = crop_rotated(pixels, roi, self._size, self._border)
        values = self.options.output_tensor_float_range
        tensor = pixels_to_tensor(crop, values.min, values.max)
        context.outputs["TENSORS"].emit(Tensors((Tensor(tensor[np.newaxis]),)))
        if (borders := context.outputs.get("LETTERBOX_PADDING")) is not None:
            borders.emit(padding)
        if (matrix := context.outputs.get("MATRIX")) is not None:
            matrix.emit(roi_to_image_matrix(roi, image_size))
