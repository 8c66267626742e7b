"""What all readers of media have in common: a header, frames with their times, and faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from calculators.types import RgbImage, VideoHeader

PIXELS_MAX: Final = 128_000_000
"""Largest picture that is decoded, in pixels: about 400 MB as RGB. 8K is 33 million."""


class TimedImage(NamedTuple):
    """A frame and the time it is shown.

    Attributes:
        timestamp_us: presentation time in microseconds; strictly increasing within a medium.
        image: (H, W, 3) uint8 RGB, contiguous, read-only.
    """

    timestamp_us: int
    image: RgbImage


class MediaReader(Protocol):
    """A source of frames. Iterate it once; close it in any case.

    Attributes:
        header: what is known before the first frame.
        faults: what could not be read, as sentences; complete when the iteration has ended.
    """

    header: VideoHeader
    faults: list[str]

    @property
    def repairs(self) -> int:
        """How many timestamps were missing or did not increase and had to be made up."""
        ...

    def __iter__(self) -> Iterator[TimedImage]:
        """Yield the frames in order of time."""
        ...

    def close(self) -> None:
        """Release files and decoders; may be called again."""
        ...
