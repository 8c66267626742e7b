"""PoseOverlayCalculator: the pose drawn over the image."""

from __future__ import annotations

from typing import Any

from calculators.kernels.drawing import (
    draw_detections_onto,
    draw_landmarks_onto,
    draw_rect_onto,
    pose_point_style,
)
from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark
from calculators.types import Detections, NormalizedLandmarks, NormalizedRect, RgbImage
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions

_POINT_STYLE = pose_point_style()


@register
class PoseOverlayCalculator(Calculator[NoOptions]):
    """Draw pose, region and detections over each image.

    Timing: one image for each image, at its time, whether or not there is something to draw. An
    image without anything to draw passes as it is; otherwise it is copied once.

    Ports: IMAGE in and out, (H, W, 3) uint8 RGB; NORM_LANDMARKS, NORM_RECT and DETECTIONS, each
    empty or unconnected where there is nothing to draw.

    Options: none; colours and widths are those of MediaPipe's Python drawing functions.

    Example:
        ```yaml
        input_stream: [image, pose_landmarks, roi]
        output_stream: [image_with_pose]
        node:
          - calculator: PoseOverlayCalculator
            input_stream: ["IMAGE:image", "NORM_LANDMARKS:pose_landmarks", "NORM_RECT:roi"]
            output_stream: ["IMAGE:image_with_pose"]
        ```

    Source: MediaPipe, python/solutions/drawing_utils.py; in the place of
    calculators/util/annotation_overlay_calculator.cc
    """

    contract = Contract(
        inputs=(
            Port("IMAGE", RgbImage, doc="(H, W, 3) uint8 RGB; not changed"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="(33, 5), normalised"),
            Port("NORM_RECT", NormalizedRect, optional=True, doc="(5,), drawn in red"),
            Port("DETECTIONS", Detections, optional=True, doc="drawn in green"),
        ),
        outputs=(Port("IMAGE", RgbImage, doc="(H, W, 3) uint8 RGB, read-only"),),
    )

    def process(self, context: Context) -> None:
        """Draw over one image."""
        image = context.inputs["IMAGE"]
        if image.is_empty:
            return
        landmarks = _value(context, "NORM_LANDMARKS")
        rect = _value(context, "NORM_RECT")
        detections = _value(context, "DETECTIONS")
        canvas: RgbImage = image.value
        if landmarks is not None or rect is not None or detections is not None:
            canvas = RgbImage(canvas.copy())
            if detections is not None:
                draw_detections_onto(canvas, detections)
            if rect is not None:
                draw_rect_onto(canvas, rect)
            if landmarks is not None:
                if len(landmarks) != len(PoseLandmark):
                    raise ValueError(
                        f"found {len(landmarks)} landmarks; "
                        f"expected the {len(PoseLandmark)} of a pose"
                    )
                draw_landmarks_onto(canvas, landmarks, POSE_CONNECTIONS, _POINT_STYLE)
            canvas.setflags(write=False)
        context.outputs["IMAGE"].emit(canvas)


def _value(context: Context, tag: str) -> Any:
    found = context.inputs.get(tag)
    return None if found is None else found.get()
