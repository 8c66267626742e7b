"""LandmarkAgreementCalculator: do several answers see the same body at the same place?"""

from __future__ import annotations

from pydantic import Field

from calculators.kernels.consensus import landmark_agreement
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect
from graphflow import Calculator, Context, Contract, Options, Port, register


class LandmarkAgreementOptions(Options):
    """How far apart answers may be."""

    tolerance: float = Field(
        0.05,
        gt=0.0,
        description="distance at which agreement has fallen to 37 %, in sides of the region",
    )


@register
class LandmarkAgreementCalculator(Calculator[LandmarkAgreementOptions]):
    """Score a pose by how much of it several answers see, and see at the same place.

    Each landmark counts with its mean visibility, times exp(-distance / tolerance) for the mean
    distance of the answers from their mean. A body that is there is found again at the same place
    in the mirrored image; one that is imagined moves.

    Timing: one number where all inputs have a packet, else nothing.

    Ports: NORM_LANDMARKS, two or more; NORM_RECT, the region they were found in, whose side is the
    unit of distances.

    Options: tolerance (in sides of the region; 0.05).

    Example:
        ```yaml
        input_stream: [seen_landmarks, mirrored_landmarks, roi, image_size]
        output_stream: [score]
        node:
          - calculator: LandmarkAgreementCalculator
            input_stream:
              - "NORM_LANDMARKS:0:seen_landmarks"
              - "NORM_LANDMARKS:1:mirrored_landmarks"
              - "NORM_RECT:roi"
              - "IMAGE_SIZE:image_size"
            output_stream: ["FLOAT:score"]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, repeated=True, doc="(N, 5), visible"),
            Port("NORM_RECT", NormalizedRect, doc="the region, square in pixels"),
            Port("IMAGE_SIZE", ImageSize, doc="of the image, pixels"),
        ),
        outputs=(Port("FLOAT", float, doc="0 to 1; 1: all is seen, at one place"),),
        options=LandmarkAgreementOptions,
    )

    def process(self, context: Context) -> None:
        """Score one pose."""
        if any(each.is_empty for each in context.inputs):
            return
        answers = [each.value for each in context.inputs.tagged("NORM_LANDMARKS")]
        region, size = context.inputs["NORM_RECT"].value, context.inputs["IMAGE_SIZE"].value
        score = landmark_agreement(answers, region, size, self.options.tolerance)
        context.outputs["FLOAT"].emit(score)
