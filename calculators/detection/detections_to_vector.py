"""DetectionsToVectorCalculator: a batch of detections as a collection of single ones."""

from __future__ import annotations

from pydantic import Field

from calculators.types import Detections
from graphflow import Calculator, Context, Contract, Options, Port, register


class DetectionsToVectorOptions(Options):
    """How many are taken."""

    max_num_detections: int = Field(-1, ge=-1, description="most detections taken; -1 for all")


@register
class DetectionsToVectorCalculator(Calculator[DetectionsToVectorOptions]):
    """Make a collection of single detections of a batch, for a loop over them.

    Timing: one collection for each batch, an empty one for an empty batch.

    Options: max_num_detections (the first ones; -1 for all; -1).

    Example:
        ```yaml
        input_stream: [pose_detections]
        output_stream: [first_detections]
        node:
          - calculator: DetectionsToVectorCalculator
            input_stream: ["DETECTIONS:pose_detections"]
            output_stream: ["ITERABLE:first_detections"]
            options: {max_num_detections: 4}
        ```

    Source: ours: our batches are columns, and MediaPipe's are vectors already
    """

    contract = Contract(
        inputs=(Port("DETECTIONS", Detections, doc="best first"),),
        outputs=(Port("ITERABLE", doc="tuple of Detection"),),
        options=DetectionsToVectorOptions,
    )

    def process(self, context: Context) -> None:
        """Take one batch apart."""
        batch = context.inputs["DETECTIONS"]
        if batch.is_empty:
            return
        detections: Detections = batch.value
        most = self.options.max_num_detections
        count = len(detections) if most < 0 else min(most, len(detections))
        context.outputs["ITERABLE"].emit(tuple(map(detections.detection, range(count))))
