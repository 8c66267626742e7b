"""NonMaxSuppressionCalculator: one detection out of each cluster of overlapping ones."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from calculators.kernels.nms import OverlapType, suppress, suppress_weighted
from calculators.types import Detections
from graphflow import Calculator, Context, Contract, Options, Port, register


class Algorithm(Enum):
    """What becomes of a cluster."""

    DEFAULT = "DEFAULT"
    """Its best detection stays."""
    WEIGHTED = "WEIGHTED"
    """It becomes its mean, weighted by score."""


class NonMaxSuppressionOptions(Options):
    """When detections belong together; the names are MediaPipe's."""

    min_suppression_threshold: float = Field(
        1.0, ge=0.0, le=1.0, description="overlap above which two detections are one"
    )
    overlap_type: OverlapType = Field(
        OverlapType.JACCARD,
        description="overlap: intersection over the rectangle around both (JACCARD), over the "
        "second (MODIFIED_JACCARD), or over the union (INTERSECTION_OVER_UNION)",
    )
    algorithm: Algorithm = Field(
        Algorithm.DEFAULT, description="keep the best (DEFAULT) or average (WEIGHTED)"
    )
    max_num_detections: int = Field(
        -1, ge=-1, description="most detections kept; -1 for all; without effect when WEIGHTED"
    )
    min_score_threshold: float = Field(0.0, description="lowest score considered; 0 for all")
    return_empty_detections: bool = Field(
        False, description="emit a batch also when nothing is left"
    )


@register
class NonMaxSuppressionCalculator(Calculator[NonMaxSuppressionOptions]):
    """Reduce each cluster of overlapping detections to one.

    Timing: one batch for each batch, best score first; none for an empty one, unless
    `return_empty_detections`.

    Options: min_suppression_threshold (0 to 1; 1.0), overlap_type (JACCARD, MODIFIED_JACCARD or
    INTERSECTION_OVER_UNION; JACCARD), algorithm (DEFAULT or WEIGHTED), max_num_detections (-1 for
    all; -1), min_score_threshold (0.0), return_empty_detections (false).

    Example:
        ```yaml
        input_stream: [unfiltered_detections]
        output_stream: [filtered_detections]
        node:
          - calculator: NonMaxSuppressionCalculator
            input_stream: ["unfiltered_detections"]
            output_stream: ["filtered_detections"]
            options:
              min_suppression_threshold: 0.3
              overlap_type: INTERSECTION_OVER_UNION
              algorithm: WEIGHTED
        ```

    Source: MediaPipe, calculators/util/non_max_suppression_calculator.cc
    """

    contract = Contract(
        inputs=(Port("", Detections, doc="in any order, normalised"),),
        outputs=(Port("", Detections, doc="one per cluster, best score first"),),
        options=NonMaxSuppressionOptions,
    )

    def process(self, context: Context) -> None:
        """Suppress within one batch."""
        detections = context.inputs[0]
        if detections.is_empty:
            return
        options = self.options
        if options.algorithm is Algorithm.WEIGHTED:
            kept = suppress_weighted(
                detections.value,
                min_suppression_threshold=options.min_suppression_threshold,
                overlap_type=options.overlap_type,
                min_score_threshold=options.min_score_threshold,
            )
        else:
            kept = suppress(
                detections.value,
                min_suppression_threshold=options.min_suppression_threshold,
                overlap_type=options.overlap_type,
                max_num_detections=options.max_num_detections,
                min_score_threshold=options.min_score_threshold,
            )
        if len(kept) or options.return_empty_detections:
            context.outputs[0].emit(kept)
