"""Choose the writer for where a user wants the frames: a video, a picture or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from calculators.media.faults import unknown_suffix
from calculators.media.image_writer import PICTURE_SUFFIXES, ImageWriter
from calculators.media.video_writer import VIDEO_SUFFIXES, VideoWriter
from calculators.media.written import Written
from calculators.types import RgbImage, VideoHeader
from graphflow.words.diagnostics import listed


class FrameWriter(Protocol):
    """Whatever takes frames in order of time."""

    def expect(self, header: VideoHeader) -> None:
        """Learn what is known before the first frame; optional."""
        ...

    def write(self, image: RgbImage, timestamp_us: int) -> None:
        """Write one frame."""
        ...

    def close(self) -> Written:
        """Finish what was written; may be called again."""
        ...


def create_media(
    path: str | Path,
    *,
    codec: str | None = None,
    crf: int = 23,
    preset: str = "veryfast",
) -> FrameWriter:
    """Return a writer for `path`; nothing is written before the first frame.

    Args:
        path: a file whose suffix names a video or picture format, or a folder for pictures (an
            existing one, or one to be made, named with a slash at its end).
        codec: for videos, see VideoWriter; so are the next two.
        crf: constant rate factor.
        preset: x264's trade of time for size.

    Raises:
        UsageError: the format is unknown, or the place is missing or not writable.
    """
    target = Path(path).expanduser()
    if str(path).endswith("/") and not target.exists() and target.parent.is_dir():
        target.mkdir()
    if target.is_dir() or target.suffix.lower() in PICTURE_SUFFIXES:
        return ImageWriter(target)
    if target.suffix.lower() in VIDEO_SUFFIXES:
        return VideoWriter(target, codec=codec, crf=crf, preset=preset)
    known = listed((*VIDEO_SUFFIXES, *PICTURE_SUFFIXES), "or")
    raise unknown_suffix(target, "", f"{known}, or an existing folder")
