"""SplitNormalizedLandmarkListCalculator: take ranges of normalised landmarks."""

from __future__ import annotations

from calculators.landmark.landmark_ranges import LandmarkRangesOptions, emit_ranges
from calculators.ranges import check_ranges
from calculators.types import NormalizedLandmarks
from graphflow import Calculator, Context, Contract, NodeShape, Port, register


@register
class SplitNormalizedLandmarkListCalculator(Calculator[LandmarkRangesOptions]):
    """Take ranges out of a list of normalised landmarks, one for each output.

    Timing: for each list, one packet on every output.

    Options: ranges (one {begin, end} per output).

    Example:
        ```yaml
        input_stream: [all_landmarks]
        output_stream: [landmarks, auxiliary_landmarks]
        node:
          - calculator: SplitNormalizedLandmarkListCalculator
            input_stream: ["all_landmarks"]
            output_stream: ["landmarks", "auxiliary_landmarks"]
            options:
              ranges: [{begin: 0, end: 33}, {begin: 33, end: 35}]
        ```

    Source: MediaPipe, calculators/core/split_landmarks_calculator.h
    """

    contract = Contract(
        inputs=(Port("", NormalizedLandmarks, doc="(N, 5)"),),
        outputs=(Port("", NormalizedLandmarks, repeated=True, doc="a range of its rows"),),
        options=LandmarkRangesOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[LandmarkRangesOptions]) -> Contract:
        """Check the ranges against the outputs."""
        check_ranges(node.options.ranges, len(node.outputs))
        return cls.contract

    def process(self, context: Context) -> None:
        """Split one list."""
        emit_ranges(context, self.options.ranges)
