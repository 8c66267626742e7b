"""LandmarksToRoiCalculator: the upright square around a body, from its own landmarks."""

from __future__ import annotations

import math

from pydantic import Field

from calculators.kernels.enclosing_square import enclosing_square
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

    Options: center_landmark_indices, direction_landmark_indices (rows, at least one each),
    target_angle_degrees (counter-clockwise from the x axis; 90.0, up).

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
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(N, 5), normalised to the image"),
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
        rect = enclosing_square(
            landmarks.value,
            size.value,
            center_rows=self.options.center_landmark_indices,
            direction_rows=self.options.direction_landmark_indices,
            target_angle_rad=math.pi * self.options.target_angle_degrees / 180.0,
        )
        context.outputs["NORM_RECT"].emit(rect)
