"""Write the frames that reach a sink."""

from __future__ import annotations

from calculators.media.create_media import FrameWriter
from calculators.media.written import Written
from calculators.types import RgbImage, VideoHeader
from graphflow import Context, Port

FRAMES_PORT = Port("VIDEO", RgbImage, doc="(H, W, 3) uint8 RGB frames; their times are kept")
HEADER_PORT = Port(
    "VIDEO_PRESTREAM", VideoHeader, optional=True, doc="at PRESTREAM: the frame rate, if known"
)
WRITTEN_PORT = Port("WRITTEN", Written, optional=True, doc="path and number of frames, at the end")


class FrameSink:
    """A writer behind the ports VIDEO, VIDEO_PRESTREAM and WRITTEN; without one, nothing."""

    def __init__(self, writer: FrameWriter | None) -> None:
        self._writer = writer

    def step(self, context: Context) -> None:
        """Write what came at this time."""
        if self._writer is None:
            return
        header = context.inputs.get("VIDEO_PRESTREAM")
        if header is not None and not header.is_empty:
            self._writer.expect(header.value)
        video = context.inputs["VIDEO"]
        if not video.is_empty:
            self._writer.write(video.value, context.timestamp)

    def close(self, context: Context) -> None:
        """Finish the file, also after a failure, and tell what was written."""
        written = Written(None, 0) if self._writer is None else self._writer.close()
        if "WRITTEN" in context.side_outputs:
            context.side_outputs["WRITTEN"] = written
