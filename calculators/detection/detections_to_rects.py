"""DetectionsToRectsCalculator: from a detection to a rectangle."""

from __future__ import annotations

from enum import Enum

import numpy as np
from pydantic import Field

from calculators.detection.first_detection import check_detection_inputs, first_detection
from calculators.detection.rotation_options import RotationOptions
from calculators.kernels.roi import rect_from_box, rect_from_keypoints, rotation_between
from calculators.types import Detection, Detections, ImageSize, NormalizedRect
from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.nodes.context import Input
from graphflow.words.errors import ContractError


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

    Timing: one rectangle where there is a detection; of a batch, the first counts. A rotation
    needs IMAGE_SIZE too: where that is empty there is no rectangle.

    Options: conversion_mode (DEFAULT or USE_BOUNDING_BOX for the box, USE_KEYPOINTS),
    output_zero_rect_for_empty_detections (false); for a rotation all of
    rotation_vector_start_keypoint_index, rotation_vector_end_keypoint_index and
    rotation_vector_target_angle (radians) or rotation_vector_target_angle_degrees,
    counter-clockwise from the x axis.

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
            Port("DETECTION", Detection, optional=True, doc="one, normalised to the image"),
            Port("DETECTIONS", Detections, optional=True, doc="a batch; its first one counts"),
            Port("IMAGE_SIZE", ImageSize, optional=True, doc="of the image, pixels"),
        ),
        outputs=(
            Port(
                "NORM_RECT",
                NormalizedRect,
                doc="around the detection, normalised; rotation in radians, clockwise",
            ),
        ),
        options=DetectionsToRectsOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[DetectionsToRectsOptions]) -> Contract:
        """Check that rotation, if wanted, is fully described.

        Raises:
            ContractError: it is not, or not exactly one kind of detections is connected.
        """
        check_detection_inputs(node.inputs)
        angle = node.options.target_angle_rad
        if (node.options.keypoints is None) != (angle is None):
            raise ContractError("rotation needs both keypoints and a target angle, or neither")
        if angle is not None and "IMAGE_SIZE" not in node.inputs:
            raise ContractError("rotation needs input IMAGE_SIZE: angles are angles in pixels")
        return cls.contract

    def open(self, context: Context) -> None:
        """Read the angle."""
        self._target_angle_rad = self.options.target_angle_rad

    def process(self, context: Context) -> None:
        """Make one rectangle."""
        detection = first_detection(context)
        if detection is None:
            if self.options.output_zero_rect_for_empty_detections and _has_batch(context):
                context.outputs["NORM_RECT"].emit(NormalizedRect(np.zeros(5, np.float32)))
            return
        size = context.inputs.get("IMAGE_SIZE")
        if self._target_angle_rad is not None and (size is None or size.is_empty):
            return
        context.outputs["NORM_RECT"].emit(self._rect(detection, size))

    def _rect(self, detection: Detection, size: Input | None) -> NormalizedRect:
        rotation_rad = np.float32(0)
        if self._target_angle_rad is not None and size is not None:
            start, end = self.options.ends_of(detection)
            rotation_rad = rotation_between(start, end, size.value, self._target_angle_rad)
        if self.options.conversion_mode is ConversionMode.USE_KEYPOINTS:
            return rect_from_keypoints(detection.keypoints, rotation_rad)
        return rect_from_box(detection.box, rotation_rad)


def _has_batch(context: Context) -> bool:
    batch = context.inputs.get("DETECTIONS")
    return batch is not None and not batch.is_empty
