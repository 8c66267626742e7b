"""LandmarksToRoiCalculator: the upright square around a body, from its own landmarks."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from calculators.kernels.roi import rect_from_alignment_points
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect
from graphflow import Calculator, Context, Contract, Options, Port, register


class LandmarksToRoiOptions(Options):
    """Which landmarks give centre and direction."""

    center_landmark_indices: tuple[int, ...] = Field(
        min_length=1, description="rows whose mean is the centre"
    )
    direction_landmark_indices: tuple[int, ...] = Field(
        min_length=1, description="rows whose mean, seen from the centre, is the direction"
    )
    target_angle_degrees: float = Field(
        90.0, description="what the direction becomes, counter-clockwise from the x axis; 90 is up"
    )


@register
class LandmarksToRoiCalculator(Calculator[LandmarksToRoiOptions]):
    """Make the rotated square that encloses the circle around all landmarks.

    The circle's centre is the mean of some landmarks (the hips, say), its radius the distance to
    the farthest landmark, in pixels; the square is turned so that the direction from the centre to
    the mean of others (the shoulders) becomes the target angle.

    Timing: one rectangle where there are landmarks and an image size.

    Example:
        ```yaml
        input_stream: [landmarks, image_size]
        output_stream: [raw_roi]
        node:
          - calculator: LandmarksToRoiCalculator
            input_stream: ["NORM_LANDMARKS:landmarks", "IMAGE_SIZE:image_size"]
            output_stream: ["NORM_RECT:raw_roi"]
            options:
              center_landmark_indices: [23, 24]
              direction_landmark_indices: [11, 12]
        ```

    Source: ours, for landmark models without auxiliary points
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="at least one"),
            Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("NORM_RECT", NormalizedRect, doc="square in pixels, rotated"),),
        options=LandmarksToRoiOptions,
    )

    def process(self, context: Context) -> None:
        """Make one square."""
        landmarks, size = context.inputs["NORM_LANDMARKS"], context.inputs["IMAGE_SIZE"]
        if landmarks.is_empty or size.is_empty:
            return
        context.outputs["NORM_RECT"].emit(
            circumscribed_rect(landmarks.value, size.value, self.options)
        )


def circumscribed_rect(
    landmarks: NormalizedLandmarks, image_size: ImageSize, options: LandmarksToRoiOptions
) -> NormalizedRect:
    """Return the turned square around the circle that holds all landmarks.

    Args:
        landmarks: (N, 5) float32, normalised to the image.
        image_size: size of the image in pixels.
        options: which rows give centre and direction.

    Returns:
        (5,) float32 rectangle, square in pixels; upright where centre and direction coincide.

    Raises:
        ValueError: a row does not exist.
    """
    rows = (*options.center_landmark_indices, *options.direction_landmark_indices)
    if not all(0 <= row < len(landmarks) for row in rows):
        raise ValueError(f"found {len(landmarks)} landmarks; expected rows {list(rows)} of them")
    sides_px = np.array(image_size, np.float32)
    points_px = landmarks[:, :2] * sides_px
    center_px = points_px[list(options.center_landmark_indices)].mean(axis=0)
    direction_px = points_px[list(options.direction_landmark_indices)].mean(axis=0) - center_px
    length_px = np.hypot(*direction_px)
    target_angle_rad = math.pi * options.target_angle_degrees / 180.0
    if length_px > 0:
        unit = direction_px / length_px
    else:
        unit = np.array([math.cos(target_angle_rad), -math.sin(target_angle_rad)], np.float32)
    radius_px = np.hypot(*(points_px - center_px).T).max()
    edge_px = (center_px + unit * radius_px).astype(np.float32)
    return rect_from_alignment_points(
        center_px / sides_px, edge_px / sides_px, image_size, target_angle_rad
    )
