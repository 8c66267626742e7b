"""Play a reader's frames into the outputs of a source."""

from __future__ import annotations

from calculators.media.faults import MediaFault
from calculators.media.media_reader import MediaReader
from calculators.types import RgbImage, VideoHeader
from graphflow import Context, Packet, Port, Timestamp
from graphflow.words.errors import UsageError

VIDEO_PORT = Port("VIDEO", RgbImage, doc="(H, W, 3) uint8 RGB frames, read-only, at their times")
HEADER_PORT = Port(
    "VIDEO_PRESTREAM", VideoHeader, optional=True, doc="one packet before all frames: what is known"
)
FRAMES_MAX_PORT = Port(
    "MAX_FRAMES", int, optional=True, doc="how many frames to give at most; all where absent or 0"
)


class Playback:
    """A reader on its way through a graph; a source opens it, steps through it and closes it."""

    def __init__(self, reader: MediaReader, context: Context) -> None:
        """Announce the medium on VIDEO_PRESTREAM, where that is connected.

        Raises:
            UsageError: MAX_FRAMES is negative.
        """
        self._reader = reader
        self._frames = iter(reader)
        self._given = 0
        self._frames_max: int = context.side_inputs.get("MAX_FRAMES") or 0
        if self._frames_max < 0:
            reader.close()
            raise UsageError(f"MAX_FRAMES: found {self._frames_max}; expected 0 or more")
        header = context.outputs.get("VIDEO_PRESTREAM")
        if header is not None:
            header.add(Packet(reader.header, Timestamp.PRESTREAM))

    def step(self, context: Context) -> None:
        """Emit the next frame, or end the source; damage met on the way then fails the run."""
        is_enough = 0 < self._frames_max <= self._given
        frame = None if is_enough else next(self._frames, None)
        if frame is None:
            faults = self._reader.faults
            context.stop(MediaFault(faults) if faults else None)
            return
        self._given += 1
        context.outputs["VIDEO"].add(Packet(frame.image, frame.timestamp_us))

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()
