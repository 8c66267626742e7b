"""Read a clip, and tell which of its frames are samples."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from calculators.media.media_reader import TimedImage
from calculators.media.open_media import open_media
from graphflow.evaluation.units import ClipUnit, Frame

ROUNDING_US: Final = 1000
"""A sample belongs to a frame not farther away than this: some files round to milliseconds."""


@dataclass(frozen=True, eq=False)
class Step:
    """A frame of the clip, and the sample that it is; None where it is none."""

    picture: TimedImage
    frame: Frame | None


@dataclass(frozen=True)
class Missing:
    """A sample for which the clip has no frame."""

    frame: Frame

    @property
    def fault(self) -> str:
        """The same in words."""
        return f"the clip has no frame at {self.frame.timestamp_us} µs"


def steps(unit: ClipUnit) -> Iterator[Step | Missing]:
    """Yield the frames of a clip up to the last one that is a sample.

    Raises:
        MediaFault: it can't be read, or not to that frame.
        UsageError: there is no such file.
    """
    waiting = deque(unit.frames)
    with closing(open_media(unit.source)) as reader:
        for picture in reader:
            while waiting and waiting[0].timestamp_us < picture.timestamp_us - ROUNDING_US:
                yield Missing(waiting.popleft())
            if not waiting:
                return
            is_sample = waiting[0].timestamp_us <= picture.timestamp_us + ROUNDING_US
            yield Step(picture, waiting.popleft() if is_sample else None)
            if not waiting:
                return
    yield from map(Missing, waiting)
