"""Ranges of landmarks: what the calculators that split lists of either kind share."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from calculators.ranges import Range
from graphflow import Context, Options


class LandmarkRangesOptions(Options):
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
