"""LandmarksSmoothingCalculator: steady the coordinates of landmarks over time."""

from __future__ import annotations

import numpy as np
from pydantic import Field, model_validator

from calculators.kernels.landmarks import (
    bounding_box_scale_px,
    replace_xyz,
    replace_xyz_from_pixels,
    xyz_to_pixels,
)
from calculators.kernels.one_euro import OneEuroFilter
from calculators.kernels.roi import mean_side_px
from calculators.kernels.velocity import RelativeVelocityFilter
from calculators.types import (
    FloatArray,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    WorldLandmarks,
)
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.nodes.options import NoOptions
from graphflow.words.errors import ContractError


class ScalingOptions(Options):
    """How movement is made comparable between large and small objects."""

    min_allowed_object_scale: float = Field(
        1e-6, ge=0.0, description="landmarks of a smaller object pass as they are; pixels"
    )
    disable_value_scaling: bool = Field(
        False, description="do not divide movement by the object's size"
    )


class VelocityFilterOptions(ScalingOptions):
    """Smoothing that weakens with the speed over a window."""

    window_size: int = Field(5, ge=1, description="past steps that the speed is taken over")
    velocity_scale: float = Field(10.0, description="larger follows fast movement sooner")


class OneEuroFilterOptions(ScalingOptions):
    """Smoothing whose cut-off frequency rises with the speed."""

    frequency: float = Field(30.0, gt=0.0, description="frames per second until two are known")
    min_cutoff: float = Field(1.0, gt=0.0, description="cut-off frequency at rest, in Hz")
    beta: float = Field(0.0, ge=0.0, description="Hz of cut-off per unit of scaled speed")
    derivate_cutoff: float = Field(1.0, gt=0.0, description="cut-off frequency of the speed, Hz")


class LandmarksSmoothingOptions(Options):
    """Which filter; exactly one. The names are MediaPipe's."""

    no_filter: NoOptions | None = Field(None, description="pass coordinates as they are")
    velocity_filter: VelocityFilterOptions | None = Field(None, description="velocity filter")
    one_euro_filter: OneEuroFilterOptions | None = Field(None, description="One-Euro filter")

    @model_validator(mode="after")
    def _check_choice(self) -> LandmarksSmoothingOptions:
        given = (self.no_filter, self.velocity_filter, self.one_euro_filter)
        if sum(choice is not None for choice in given) != 1:
            raise ValueError(
                "expected exactly one of no_filter, velocity_filter and one_euro_filter"
            )
        return self


@register
class LandmarksSmoothingCalculator(Calculator[LandmarksSmoothingOptions]):
    """Smooth the coordinates of landmarks; visibility and presence pass as they are.

    Normalised landmarks are filtered in pixels. Movement is divided by the object's size: the mean
    side of OBJECT_SCALE_ROI where that is connected, else of the landmarks' bounding box.

    Timing: one list for each list. With IMAGE_SIZE or OBJECT_SCALE_ROI connected the node also runs
    where there are no landmarks, and then forgets the past. World landmarks come alone: a gap
    changes nothing, and the filter goes on with the time that really passed. Both as in MediaPipe.

    Options: exactly one of no_filter, velocity_filter (window_size, in steps; velocity_scale) and
    one_euro_filter (frequency, min_cutoff, derivate_cutoff, in Hz; beta). Both filters have
    min_allowed_object_scale (pixels) and disable_value_scaling.

    Example:
        ```yaml
        input_stream: [landmarks, image_size, roi]
        output_stream: [filtered_landmarks]
        node:
          - calculator: LandmarksSmoothingCalculator
            input_stream:
              - "NORM_LANDMARKS:landmarks"
              - "IMAGE_SIZE:image_size"
              - "OBJECT_SCALE_ROI:roi"
            output_stream: ["NORM_FILTERED_LANDMARKS:filtered_landmarks"]
            options:
              one_euro_filter: {min_cutoff: 0.05, beta: 80.0, derivate_cutoff: 1.0}
        ```

    Source: MediaPipe, calculators/util/landmarks_smoothing_calculator.cc and its utils (ENABLE
        stands for its graphs' SwitchContainer)
    """

    contract = Contract(
        inputs=(
            Port(
                "NORM_LANDMARKS",
                NormalizedLandmarks,
                optional=True,
                doc="(N, 5), normalised to the image",
            ),
            Port("IMAGE_SIZE", ImageSize, optional=True, doc="needed with NORM_LANDMARKS"),
            Port(
                "OBJECT_SCALE_ROI",
                NormalizedRect,
                optional=True,
                doc="its mean side in pixels is the object's size; only with NORM_LANDMARKS",
            ),
            Port("LANDMARKS", WorldLandmarks, optional=True, doc="or world landmarks, alone"),
        ),
        outputs=(
            Port("NORM_FILTERED_LANDMARKS", NormalizedLandmarks, optional=True, doc="smoothed"),
            Port("FILTERED_LANDMARKS", WorldLandmarks, optional=True, doc="smoothed"),
        ),
        side_inputs=(Port("ENABLE", bool, optional=True, doc="false: as with no_filter"),),
        options=LandmarksSmoothingOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[LandmarksSmoothingOptions]) -> Contract:
        """Check the ports against each other.

        Raises:
            ContractError: they are neither those of an image nor those of the world.
        """
        is_normalized = "NORM_LANDMARKS" in node.inputs
        inputs = set(node.inputs.tags) - {"OBJECT_SCALE_ROI" if is_normalized else ""}
        expected = {"NORM_LANDMARKS", "IMAGE_SIZE"} if is_normalized else {"LANDMARKS"}
        output = "NORM_FILTERED_LANDMARKS" if is_normalized else "FILTERED_LANDMARKS"
        if inputs != expected or node.outputs.tags != (output,):
            raise ContractError(
                "expected either NORM_LANDMARKS, IMAGE_SIZE and NORM_FILTERED_LANDMARKS, "
                "or LANDMARKS and FILTERED_LANDMARKS"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Make the filter."""
        self._is_normalized = "NORM_LANDMARKS" in context.inputs
        is_enabled = context.side_inputs.get("ENABLE", default=True)
        options = self.options
        self._scaling = options.one_euro_filter or options.velocity_filter
        self._filter = self._make_filter() if is_enabled else None

    def process(self, context: Context) -> None:
        """Smooth one list, or forget the past where there is none."""
        if self._is_normalized:
            self._smooth_in_image(context)
        else:
            self._smooth_in_world(context)

    def _smooth_in_world(self, context: Context) -> None:
        landmarks = context.inputs["LANDMARKS"]
        if landmarks.is_empty:
            return
        xyz = self._smooth(landmarks.value[:, :3], context.timestamp, None)
        context.outputs["FILTERED_LANDMARKS"].emit(replace_xyz(landmarks.value, xyz))

    def _smooth_in_image(self, context: Context) -> None:
        landmarks, size = context.inputs["NORM_LANDMARKS"], context.inputs["IMAGE_SIZE"]
        if landmarks.is_empty or size.is_empty:
            if self._filter is not None:
                self._filter.reset()
            return
        roi = context.inputs.get("OBJECT_SCALE_ROI")
        scale = None if roi is None or roi.is_empty else mean_side_px(roi.value, size.value)
        # Without a filter, too, coordinates go to pixels and back: the round trip shows in the
        # last bit, and MediaPipe makes it.
        xyz = self._smooth(xyz_to_pixels(landmarks.value, size.value), context.timestamp, scale)
        smoothed = replace_xyz_from_pixels(landmarks.value, xyz, size.value)
        context.outputs["NORM_FILTERED_LANDMARKS"].emit(smoothed)

    def _make_filter(self) -> OneEuroFilter | RelativeVelocityFilter | None:
        if (one_euro := self.options.one_euro_filter) is not None:
            return OneEuroFilter(
                min_cutoff=one_euro.min_cutoff,
                beta=one_euro.beta,
                derivate_cutoff=one_euro.derivate_cutoff,
                frequency=one_euro.frequency,
            )
        if (velocity := self.options.velocity_filter) is not None:
            return RelativeVelocityFilter(
                window_size=velocity.window_size, velocity_scale=velocity.velocity_scale
            )
        return None

    def _smooth(
        self, xyz: FloatArray, timestamp_us: int, object_scale: np.float32 | None
    ) -> FloatArray:
        """Filter (N, 3) coordinates; `object_scale` None stands for their bounding box."""
        if self._filter is None or self._scaling is None:
            return xyz
        if self._scaling.disable_value_scaling:
            return self._filter.apply(xyz, timestamp_us)
        scale = bounding_box_scale_px(xyz) if object_scale is None else object_scale
        if scale < np.float32(self._scaling.min_allowed_object_scale):
            return xyz
        return self._filter.apply(xyz, timestamp_us, np.float32(1) / scale)
