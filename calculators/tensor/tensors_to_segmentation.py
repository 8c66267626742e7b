"""TensorsToSegmentationCalculator: read a mask out of a tensor."""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.segmentation import Activation, mask_from_tensor
from calculators.tensor.gpu_origin import GpuOrigin
from calculators.types import Mask, Tensors
from graphflow import Calculator, Context, Contract, Options, Port, register


class TensorsToSegmentationOptions(Options):
    """What the values mean; the names are MediaPipe's."""

    activation: Activation = Field(
        Activation.NONE, description="values are the mask (NONE), logits (SIGMOID) or two (SOFTMAX)"
    )
    output_layer_index: int = Field(
        1, ge=0, le=1, description="channel of the subject, with SOFTMAX"
    )
    gpu_origin: GpuOrigin = Field(GpuOrigin.DEFAULT, description="ignored: there is no GPU")


@register
class TensorsToSegmentationCalculator(Calculator[TensorsToSegmentationOptions]):
    """Turn a segmentation tensor into a mask of the tensor's own size.

    Timing: one mask for each set of tensors, of which the first is read.

    Options: activation (NONE, SIGMOID or SOFTMAX; NONE), output_layer_index (0 or 1, the subject's
    channel with SOFTMAX; 1), gpu_origin (no effect).

    Example:
        ```yaml
        input_stream: [segmentation_tensor]
        output_stream: [segmentation_mask]
        node:
          - calculator: TensorsToSegmentationCalculator
            input_stream: ["TENSORS:segmentation_tensor"]
            output_stream: ["MASK:segmentation_mask"]
            options: {activation: SIGMOID}
        ```

    Source: MediaPipe, calculators/tensor/tensors_to_segmentation_calculator.cc
    """

    contract = Contract(
        inputs=(Port("TENSORS", Tensors, doc="[0]: (1, height, width, channels)"),),
        outputs=(Port("MASK", Mask, doc="(height, width) in [0, 1]; 1 is the subject"),),
        options=TensorsToSegmentationOptions,
    )

    def process(self, context: Context) -> None:
        """Read one mask."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty:
            return
        if not tensors.value:
            raise ValueError("found no tensors; expected at least one")
        options = self.options
        mask = mask_from_tensor(tensors.value[0], options.activation, options.output_layer_index)
        context.outputs["MASK"].emit(mask)
