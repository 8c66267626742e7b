"""SplitNormalizedLandmarkListCalculator, SplitLandmarkListCalculator: take ranges of landmarks."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from calculators.ranges import Range, check_ranges
from calculators.types import NormalizedLandmarks, WorldLandmarks
from graphflow import Calculator, Context, Contract, Options, Port, register


class SplitLandmarksOptions(Options):
    """What each output takes; the name is MediaPipe's."""

    ranges: tuple[Range, ...] = Field(
        min_length=1, description="for each output, the rows from begin to before end"
    )


def emit_ranges(context: Context, ranges: Sequence[Range]) -> None:
    """Emit each range of the landmarks' rows on its output.

    Raises:
        ValueError: a range reaches beyond the last landmark.
    """
    landmarks = context.inputs[0]
    if landmarks.is_empty:
        return
    rows = landmarks.value
    for index, part in enumerate(ranges):
        if part.end > len(rows):
            raise ValueError(f"found {len(rows)} landmarks; expected at least {part.end}")
        context.outputs[index].emit(rows[part.begin : part.end])


@register
class SplitNormalizedLandmarkListCalculator(Calculator[SplitLandmarksOptions]):
    """Take ranges out of a list of normalised landmarks, one for each output.

    Timing: for each list, one packet on every output.

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

    Source: MediaPipe, calculators/core/split_vector_calculator.h and
        split_normalized_landmark_list_calculator.h
    """

    contract = Contract(
        inputs=(Port("", NormalizedLandmarks, doc="(N, 5)"),),
        outputs=(Port("", NormalizedLandmarks, repeated=True, doc="a range of its rows"),),
        options=SplitLandmarksOptions,
    )

    def open(self, context: Context) -> None:
        """Check the ranges against the outputs."""
        check_ranges(self.options.ranges, len(context.outputs))

    def process(self, context: Context) -> None:
        """Split one list."""
        emit_ranges(context, self.options.ranges)


@register
class SplitLandmarkListCalculator(Calculator[SplitLandmarksOptions]):
    """Take ranges out of a list of world landmarks, one for each output.

    Timing: for each list, one packet on every output.

    Example:
        ```yaml
        input_stream: [all_world_landmarks]
        output_stream: [world_landmarks_without_visibility]
        node:
          - calculator: SplitLandmarkListCalculator
            input_stream: ["all_world_landmarks"]
            output_stream: ["world_landmarks_without_visibility"]
            options:
              ranges: [{begin: 0, end: 33}]
        ```

    Source: MediaPipe, calculators/core/split_landmarks_calculator.h
    """

    contract = Contract(
        inputs=(Port("", WorldLandmarks, doc="(N, 5)"),),
        outputs=(Port("", WorldLandmarks, repeated=True, doc="a range of its rows"),),
        options=SplitLandmarksOptions,
    )

    def open(self, context: Context) -> None:
        """Check the ranges against the outputs."""
        check_ranges(self.options.ranges, len(context.outputs))

    def process(self, context: Context) -> None:
        """Split one list."""
        emit_ranges(context, self.options.ranges)
