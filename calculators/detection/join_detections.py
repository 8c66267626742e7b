"""JoinDetectionsCalculator: several batches of detections as one."""

from __future__ import annotations

from collections.abc import Sequence

from calculators.kernels.views import join_detections
from calculators.types import Detections
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class JoinDetectionsCalculator(Calculator[NoOptions]):
    """Join batches of detections, all normalised to the same image, batch after batch.

    Timing: one batch for each collection of batches; none for an empty one.

    Ports: ITERABLE, a collection of batches, as EndLoopCalculator makes it.

    Options: none.

    Example:
        ```yaml
        input_stream: [near_detections, far_detections]
        output_stream: [detections]
        node:
          - calculator: MergeToVectorCalculator
            input_stream: ["near_detections", "far_detections"]
            output_stream: ["batches"]
          - calculator: JoinDetectionsCalculator
            input_stream: ["ITERABLE:batches"]
            output_stream: ["DETECTIONS:detections"]
        ```

    Source: ours; MediaPipe's ConcatenateDetectionVectorCalculator joins streams, not a collection
    """

    contract = Contract(
        inputs=(Port("ITERABLE", doc="a collection of Detections"),),
        outputs=(Port("DETECTIONS", Detections, doc="all of them"),),
    )

    def process(self, context: Context) -> None:
        """Join one collection."""
        batches = context.inputs["ITERABLE"]
        if batches.is_empty:
            return
        parts: Sequence[Detections] = tuple(batches.value)
        if parts:
            context.outputs["DETECTIONS"].emit(join_detections(parts))
