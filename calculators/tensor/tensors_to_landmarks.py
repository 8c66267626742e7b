"""TensorsToLandmarksCalculator: read landmarks out of a tensor."""

from __future__ import annotations

import numpy as np
from pydantic import Field, model_validator

from calculators.kernels.landmarks import (
    LANDMARK_FIELDS,
    LandmarkField,
    LandmarkLayout,
    decode_landmarks,
)
from calculators.tensor.activation import Activation
from calculators.types import FloatArray, NormalizedLandmarks, Tensors, WorldLandmarks
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class TensorsToLandmarksOptions(Options):
    """What the values mean; the names are MediaPipe's, but for `fields`."""

    num_landmarks: int = Field(ge=1, description="landmarks in the tensor")
    input_image_width: int | None = Field(
        None, ge=1, description="divisor of x and z for NORM_LANDMARKS: the input's width, pixels"
    )
    input_image_height: int | None = Field(
        None, ge=1, description="divisor of y for NORM_LANDMARKS: the input's height, pixels"
    )
    normalize_z: float = Field(1.0, description="further divisor of z for NORM_LANDMARKS")
    visibility_activation: Activation = Field(
        Activation.NONE, description="SIGMOID where visibility is a logit"
    )
    presence_activation: Activation = Field(
        Activation.NONE, description="SIGMOID where presence is a logit"
    )
    flip_horizontally: bool = Field(False, description="mirror x at the input's width")
    flip_vertically: bool = Field(False, description="mirror y at the input's height")
    fields: tuple[LandmarkField, ...] | None = Field(
        None,
        description="meaning of the values of one landmark, in order; by default as many of "
        "x, y, z, visibility, presence as the tensor has",
    )

    @model_validator(mode="after")
    def _check_divisors(self) -> TensorsToLandmarksOptions:
        if self.normalize_z == 0:
            raise ValueError("found normalize_z 0; expected another number")
        if self.flip_horizontally and self.input_image_width is None:
            raise ValueError("flip_horizontally needs input_image_width")
        if self.flip_vertically and self.input_image_height is None:
            raise ValueError("flip_vertically needs input_image_height")
        return self


@register
class TensorsToLandmarksCalculator(Calculator[TensorsToLandmarksOptions]):
    """Read landmarks out of a tensor, as the model gives them or normalised to its input.

    The values of one landmark are read by position, as MediaPipe does, unless `fields` declares
    their meaning. What a model does not give is 0 for z, NaN for visibility and presence.

    Timing: one list of landmarks for each set of tensors, of which the first is read.

    Options: num_landmarks (1 or more), input_image_width, input_image_height (pixels; needed by
    NORM_LANDMARKS and for flipping), normalize_z (not 0; 1.0), visibility_activation,
    presence_activation (NONE or SIGMOID; NONE), flip_horizontally, flip_vertically (false), fields
    (default: by position).

    Example:
        ```yaml
        input_stream: [landmark_tensor]
        output_stream: [raw_landmarks]
        node:
          - calculator: TensorsToLandmarksCalculator
            input_stream: ["TENSORS:landmark_tensor"]
            output_stream: ["NORM_LANDMARKS:raw_landmarks"]
            options:
              num_landmarks: 39
              input_image_width: 256
              input_image_height: 256
              visibility_activation: SIGMOID
              presence_activation: SIGMOID
        ```

    Source: MediaPipe, calculators/tensor/tensors_to_landmarks_calculator.cc (`fields` is ours)
    """

    contract = Contract(
        inputs=(Port("TENSORS", Tensors, doc="[0]: num_landmarks equal runs of values"),),
        outputs=(
            Port("LANDMARKS", WorldLandmarks, optional=True, doc="in the model's own units"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="of the model's input"),
        ),
        options=TensorsToLandmarksOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[TensorsToLandmarksOptions]) -> Contract:
        """Check that the wanted outputs can be made.

        Raises:
            ContractError: there is none, or an option is missing for one.
        """
        options = node.options
        if not len(node.outputs):
            raise ContractError("no output is connected; expected LANDMARKS or NORM_LANDMARKS")
        if "NORM_LANDMARKS" in node.outputs and not (
            options.input_image_width and options.input_image_height
        ):
            raise ContractError(
                "output NORM_LANDMARKS needs options input_image_width and input_image_height"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Begin without a layout: the first tensor tells how many values a landmark has."""
        self._layouts: dict[tuple[int, bool], LandmarkLayout] = {}

    def process(self, context: Context) -> None:
        """Read one tensor."""
        tensors = context.inputs["TENSORS"]
        if tensors.is_empty:
            return
        if not tensors.value:
            raise ValueError("found no tensors; expected at least one")
        tensor = tensors.value[0]
        if (landmarks := context.outputs.get("LANDMARKS")) is not None:
            landmarks.emit(WorldLandmarks(self._decode(tensor, is_normalized=False)))
        if (normalized := context.outputs.get("NORM_LANDMARKS")) is not None:
            normalized.emit(NormalizedLandmarks(self._decode(tensor, is_normalized=True)))

    def _decode(self, tensor: FloatArray, *, is_normalized: bool) -> FloatArray:
        options = self.options
        width = float(options.input_image_width or 1)
        height = float(options.input_image_height or 1)
        key = (tensor.size, is_normalized)
        layout = self._layouts.get(key)
        if layout is None:
            layout = self._layouts[key] = self._layout(tensor, is_normalized)
        landmarks: FloatArray = decode_landmarks(tensor, layout)
        if options.flip_horizontally:
            landmarks[:, 0] = np.float32(1.0 if is_normalized else width) - landmarks[:, 0]
        if options.flip_vertically:
            landmarks[:, 1] = np.float32(1.0 if is_normalized else height) - landmarks[:, 1]
        return landmarks

    def _layout(self, tensor: FloatArray, is_normalized: bool) -> LandmarkLayout:
        options = self.options
        fields = options.fields
        if fields is None:
            fields = LANDMARK_FIELDS[: max(2, tensor.size // options.num_landmarks)]
        activations: dict[LandmarkField, Activation] = {
            "visibility": options.visibility_activation,
            "presence": options.presence_activation,
        }
        sigmoid_fields = frozenset(
            name
            for name, activation in activations.items()
            if activation is Activation.SIGMOID and name in fields
        )
        if not is_normalized:
            return LandmarkLayout(options.num_landmarks, fields, sigmoid_fields=sigmoid_fields)
        return LandmarkLayout(
            options.num_landmarks,
            fields,
            float(options.input_image_width or 1),
            float(options.input_image_height or 1),
            options.normalize_z,
            sigmoid_fields,
        )
