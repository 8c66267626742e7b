"""MeanVisibilityCalculator: one number for how much of a body is seen."""

from __future__ import annotations

import numpy as np

from calculators.kernels.landmarks import LANDMARK_FIELDS
from calculators.types import NormalizedLandmarks
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions

_VISIBILITY = LANDMARK_FIELDS.index("visibility")


@register
class MeanVisibilityCalculator(Calculator[NoOptions]):
    """Average the visibility of all landmarks: a presence score for models that give none.

    Timing: one number for each list of landmarks; 0 for a list of none.

    Options: none.

    Example:
        ```yaml
        input_stream: [landmarks]
        output_stream: [presence_score]
        node:
          - calculator: MeanVisibilityCalculator
            input_stream: ["NORM_LANDMARKS:landmarks"]
            output_stream: ["FLOAT:presence_score"]
        ```

    Source: ours, for landmark models that have no output for presence
    """

    contract = Contract(
        inputs=(Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(N, 5), with visibility"),),
        outputs=(Port("FLOAT", float, doc="mean visibility, 0 to 1; NaN without visibility"),),
    )

    def process(self, context: Context) -> None:
        """Average one list."""
        landmarks = context.inputs["NORM_LANDMARKS"]
        if landmarks.is_empty:
            return
        visibility = landmarks.value[:, _VISIBILITY]
        score = float(np.mean(visibility, dtype=np.float64)) if len(visibility) else 0.0
        context.outputs["FLOAT"].emit(score)
