"""DetectionsToRectsCalculator: from a detection to a rectangle."""

from __future__ import annotations

from enum import Enum

import numpy as np
from pydantic import Field

from calculators.detection.first_detection import check_inputs, first_detection
from calculators.detection.rotation_options import RotationOptions
from calculators.kernels.roi import rect_from_box, rect_from_keypoints, rotation_between
from calculators.types import Detection, Detections, ImageSize, NormalizedRect
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.errors import UsageError


class ConversionMode(Enum):
    """What the rectangle encloses."""

    DEFAULT = "DEFAULT"
    """The box."""
    USE_BOUNDING_BOX = "USE_BOUNDING_BOX"
    """The box."""
    USE_KEYPOINTS = "USE_KEYPOINTS"
    """The keypoints."""


class DetectionsToRectsOptions(RotationOptions):
    """What the rectangle encloses and how it is turned; the names are MediaPipe's."""

    conversion_mode: ConversionMode = Field(
        ConversionMode.DEFAULT, description="enclose the box or the keypoints"
    )
    output_zero_rect_for_empty_detections: bool = Field(
        False, description="emit a rectangle of zeros for an empty batch"
    )


@register
class DetectionsToRectsCalculator(Calculator[DetectionsToRectsOptions]):
    """Make the rectangle around a detection, turned by two of its keypoints if asked for.

    Timing: one rectangle where there is a detection; of a batch, the first counts. Rotation needs
    IMAGE_SIZE.

    Example:
        ```yaml
        input_stream: [face_detection, image_size]
        output_stream: [face_rect]
        node:
          - calculator: DetectionsToRectsCalculator
            input_stream: ["DETECTION:face_detection", "IMAGE_SIZE:image_size"]
            output_stream: ["NORM_RECT:face_rect"]
            options:
              rotation_vector_start_keypoint_index: 0
              rotation_vector_end_keypoint_index: 1
              rotation_vector_target_angle_degrees: 0.0
        ```

    Source: MediaPipe, calculators/util/detections_to_rects_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("DETECTION", Detection, optional=True, doc="one detection"),
            Port("DETECTIONS", Detections, optional=True, doc="a batch; its first one counts"),
            Port("IMAGE_SIZE", ImageSize, optional=True, doc="of the image, pixels"),
        ),
        outputs=(Port("NORM_RECT", NormalizedRect, doc="around the detection"),),
        options=DetectionsToRectsOptions,
    )

    def open(self, context: Context) -> None:
        """Check that rotation, if wanted, is fully described."""
        check_inputs(context)
        keypoints, angle = self.options.keypoints, self.options.target_angle_rad
        if (keypoints is None) != (angle is None):
            raise UsageError("rotation needs both keypoints and a target angle, or neither")
        if keypoints is not None and "IMAGE_SIZE" not in context.inputs:
            raise UsageError("rotation needs input IMAGE_SIZE: angles are angles in pixels")

    def process(self, context: Context) -> None:
        """Make one rectangle."""
        detection = first_detection(context)
        if detection is not None:
            context.outputs["NORM_RECT"].emit(self._rect(context, detection))
        elif self.options.output_zero_rect_for_empty_detections and self._has_batch(context):
            context.outputs["NORM_RECT"].emit(np.zeros(5, np.float32))

    def _rect(self, context: Context, detection: Detection) -> NormalizedRect:
        rotation = np.float32(0)
        keypoints, angle = self.options.keypoints, self.options.target_angle_rad
        if keypoints is not None and angle is not None:
            start, end = (detection.keypoints[index] for index in keypoints)
            rotation = rotation_between(start, end, context.inputs["IMAGE_SIZE"].value, angle)
        if self.options.conversion_mode is ConversionMode.USE_KEYPOINTS:
            return rect_from_keypoints(detection.keypoints, rotation)
        return rect_from_box(detection.box, rotation)

    def _has_batch(self, context: Context) -> bool:
        batch = context.inputs.get("DETECTIONS")
        return batch is not None and not batch.is_empty
