"""AlignmentPointsRectsCalculator: a square from its centre and a point on its edge."""

from __future__ import annotations

from calculators.detection.first_detection import check_detection_inputs, first_detection
from calculators.detection.rotation_options import RotationOptions
from calculators.kernels.roi import rect_from_alignment_points
from calculators.types import Detection, Detections, ImageSize, NormalizedRect
from graphflow import Calculator, Context, Contract, NodeShape, Port, register
from graphflow.words.errors import ContractError


@register
class AlignmentPointsRectsCalculator(Calculator[RotationOptions]):
    """Make a rotated square from two keypoints: its centre, and a point on its edge.

    The side is twice the distance of the two points in pixels; the square is turned so that the
    direction from centre to edge becomes the target angle.

    Timing: one rectangle where there are a detection and an image size; of a batch, the first
    detection counts. Nothing for an empty batch.

    Options: rotation_vector_start_keypoint_index (the centre), rotation_vector_end_keypoint_index
    (the point on the edge), and the angle wanted, counter-clockwise from the x axis:
    rotation_vector_target_angle (radians) or rotation_vector_target_angle_degrees. All are needed.

    Example:
        ```yaml
        input_stream: [pose_detection, image_size]
        output_stream: [raw_roi]
        node:
          - calculator: AlignmentPointsRectsCalculator
            input_stream: ["DETECTION:pose_detection", "IMAGE_SIZE:image_size"]
            output_stream: ["NORM_RECT:raw_roi"]
            options:
              rotation_vector_start_keypoint_index: 0
              rotation_vector_end_keypoint_index: 1
              rotation_vector_target_angle_degrees: 90.0
        ```

    Source: MediaPipe, calculators/util/alignment_points_to_rects_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port(
                "DETECTION",
                Detection,
                optional=True,
                doc="with both keypoints, normalised to the image",
            ),
            Port("DETECTIONS", Detections, optional=True, doc="a batch; its first one counts"),
            Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("NORM_RECT", NormalizedRect, doc="square in pixels, rotated"),),
        options=RotationOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[RotationOptions]) -> Contract:
        """Check that the two points and the angle are given.

        Raises:
            ContractError: they are not, or not exactly one kind of detections is connected.
        """
        check_detection_inputs(node.inputs)
        if node.options.keypoints is None or node.options.target_angle_rad is None:
            raise ContractError(
                "expected options rotation_vector_start_keypoint_index, "
                "rotation_vector_end_keypoint_index and rotation_vector_target_angle_degrees"
            )
        return cls.contract

    def open(self, context: Context) -> None:
        """Read the angle."""
        assert self.options.target_angle_rad is not None, "contract_for refuses that"
        self._target_angle_rad = self.options.target_angle_rad

    def process(self, context: Context) -> None:
        """Make one rectangle."""
        detection = first_detection(context)
        size = context.inputs["IMAGE_SIZE"]
        if detection is None or size.is_empty:
            return
        center, edge = self.options.ends_of(detection)
        rect = rect_from_alignment_points(center, edge, size.value, self._target_angle_rad)
        context.outputs["NORM_RECT"].emit(rect)
