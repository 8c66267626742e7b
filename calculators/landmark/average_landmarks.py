"""AverageLandmarksCalculator: one list of landmarks out of several about the same body."""

from __future__ import annotations

from collections.abc import Sequence

from calculators.kernels.consensus import average_landmarks
from calculators.types import FloatArray
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class AverageLandmarksCalculator(Calculator[NoOptions]):
    """Average several lists of landmarks.

    A landmark's values are weighted with its visibilities, so that an answer that sees a joint
    counts more than one that guesses it.

    Timing: one list for each collection; none for an empty one.

    Ports: ITERABLE, a collection of lists of the same length and kind, as MergeToVectorCalculator
    or EndLoopCalculator makes it; LANDMARKS, their mean: normalised landmarks if they were.

    Options: none.

    Example:
        ```yaml
        input_stream: [near_landmarks, far_landmarks]
        output_stream: [landmarks]
        node:
          - calculator: MergeToVectorCalculator
            input_stream: ["near_landmarks", "far_landmarks"]
            output_stream: ["both"]
          - calculator: AverageLandmarksCalculator
            input_stream: ["ITERABLE:both"]
            output_stream: ["LANDMARKS:landmarks"]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(Port("ITERABLE", doc="(N, 5) landmarks each, all of one kind"),),
        outputs=(Port("LANDMARKS", doc="(N, 5), of the same kind"),),
    )

    def process(self, context: Context) -> None:
        """Average one collection."""
        answers = context.inputs["ITERABLE"]
        if answers.is_empty:
            return
        lists: Sequence[FloatArray] = tuple(answers.value)
        if lists:
            context.outputs["LANDMARKS"].emit(average_landmarks(lists))
