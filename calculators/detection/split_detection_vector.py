"""SplitDetectionVectorCalculator: take detections out of a batch."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from calculators.ranges import Range, check_ranges
from calculators.types import Detection, Detections
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class SplitDetectionVectorOptions(Options):
    """What each output takes; the names are MediaPipe's."""

    ranges: tuple[Range, ...] = Field(
        min_length=1, description="for each output, the detections from begin to before end"
    )
    element_only: bool = Field(
        False, description="each range is one detection, emitted as such and not as a batch"
    )


@register
class SplitDetectionVectorCalculator(Calculator[SplitDetectionVectorOptions]):
    """Take ranges out of a batch of detections; the first one is the best.

    Timing: for each batch, one packet on every output. An output whose range reaches beyond the
    end of the batch gets none (MediaPipe ends the run instead).

    Options: ranges (one {begin, end} per output), element_only (false).

    Example:
        ```yaml
        input_stream: [pose_detections]
        output_stream: [pose_detection]
        node:
          - calculator: SplitDetectionVectorCalculator
            input_stream: ["pose_detections"]
            output_stream: ["pose_detection"]
            options:
              ranges: [{begin: 0, end: 1}]
              element_only: true
        ```

    Source: MediaPipe, calculators/core/split_vector_calculator.h
    """

    contract = Contract(
        inputs=(Port("", Detections, doc="best first"),),
        outputs=(Port("", repeated=True, doc="a Detection with element_only, else Detections"),),
        options=SplitDetectionVectorOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[SplitDetectionVectorOptions]) -> Contract:
        """Check the ranges against the outputs, and say what the outputs are.

        Raises:
            ContractError: they don't match, or element_only comes with longer ranges.
        """
        options = node.options
        check_ranges(options.ranges, len(node.outputs))
        if options.element_only and any(len(part) != 1 for part in options.ranges):
            raise ContractError("element_only: expected ranges of one detection each")
        kind = Detection if options.element_only else Detections
        return replace(cls.contract, outputs=(Port("", kind, repeated=True),))

    def process(self, context: Context) -> None:
        """Split one batch."""
        batch = context.inputs[0]
        if batch.is_empty:
            return
        detections: Detections = batch.value
        for index, part in enumerate(self.options.ranges):
            if part.end > len(detections):
                continue
            if self.options.element_only:
                context.outputs[index].emit(detections.detection(part.begin))
            else:
                chosen = slice(part.begin, part.end)
                context.outputs[index].emit(
                    Detections(
                        detections.scores[chosen],
                        detections.boxes[chosen],
                        detections.keypoints[chosen],
                    )
                )
