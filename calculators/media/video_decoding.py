"""Open a video with PyAV and decode one track, going on after damage and keeping count of it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from calculators.media.faults import missing_file, plain_words, why_unreadable
from calculators.media.frame_clock import to_microseconds
from graphflow.words.errors import UsageError
from graphflow.words.quick_dataclass import dataclass

URL_PATTERN: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
NETWORK_TIMEOUT_S: Final = 20.0

TEXT_FORMATS: Final = frozenset({"tty", "bin", "xbin", "adf", "idf"})
"""FFmpeg demuxers that paint plain text as pictures."""


def is_url(path: str) -> bool:
    """Tell whether `path` is an address such as rtsp://camera/1."""
    return URL_PATTERN.match(path) is not None


@dataclass
class Losses:
    """What a decoding could not use.

    Attributes:
        skipped: how many packets could not be read or decoded.
        frames_before: how many frames came before the first of them.
        time_us: presentation time of the last of those frames, microseconds.
        reason: why the first one failed.
    """

    skipped: int = 0
    frames_before: int = 0
    time_us: int = 0
    reason: str = ""


class VideoDecoding:
    """One pass over one video track.

    Attributes:
        container: the open file.
        stream: the track: the first one that is no cover picture.
        losses: what was skipped so far.
        packets: how many packets with data were read so far.
    """

    def __init__(self, source: str | Path, *, device_format: str | None, threads: str) -> None:
        """Open the file; nothing is decoded yet.

        Args:
            source: path, address or device.
            device_format: FFmpeg's name of the capture interface, None for files and addresses.
            threads: FFmpeg's thread type: "AUTO", or "NONE", which loses the fewest frames of
                damaged files (frame threads drop what they hold when one of them fails).

        Raises:
            UsageError: there is no such file, or it is no video.
        """
        self.losses = Losses()
        self.packets = 0
        self.container = _opened(source, device_format)
        try:
            self.stream = video_stream(str(source), self.container)
        except BaseException:
            self.container.close()
            raise
        self.stream.thread_type = threads

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every frame that can be decoded, in order of presentation; once."""
        packets = self.container.demux(self.stream)
        count, last = 0, None
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                self.packets += packet.size > 0
                frames = packet.decode()
            except av.FFmpegError as error:
                # After a failed read the generator is exhausted and the loop ends by itself.
                self._lose(error, count, last)
                continue
            for frame in frames:
                if isinstance(frame, VideoFrame):
                    count, last = count + 1, frame
                    yield frame

    def close(self) -> None:
        """Close the file and its decoder; may be called again."""
        self.container.close()

    def _lose(self, error: av.FFmpegError, frames_before: int, last: VideoFrame | None) -> None:
        if not self.losses.skipped:
            self.losses.frames_before = frames_before
            self.losses.reason = plain_words(error)
            if last is not None and last.pts is not None and last.time_base:
                self.losses.time_us = to_microseconds(last.pts, last.time_base)
        self.losses.skipped += 1


def _opened(source: str | Path, device_format: str | None) -> InputContainer:
    name = str(source)
    is_live = device_format is not None or is_url(name)
    if not is_live:
        path = Path(source)
        if not path.exists():
            raise missing_file(path)
        reason = why_unreadable(path) if path.is_file() else "this is no ordinary file"
        if reason:
            raise UsageError(f"{name}: {reason}")
        # The prefix keeps a colon in a file's name from being taken for a protocol.
        name = f"file:{name}"
    try:
        return av.open(
            name,
            format=device_format,
            metadata_errors="replace",
            timeout=NETWORK_TIMEOUT_S if is_live else None,
        )
    except OSError as error:
        # FFmpeg tells a host that nobody knows by this general word.
        is_vague = is_live and error.errno == errno.EIO
        hint = "\n  hint: check the address and the network" if is_vague else ""
        text = f"{source}: can't be opened as a video: {plain_words(error)}{hint}"
        raise UsageError(text) from error
    except av.FFmpegError as error:
        hint = "" if is_live else "\n  hint: is it a whole file, and a video or a picture at all?"
        text = f"{source}: can't be opened as a video: {plain_words(error)}{hint}"
        raise UsageError(text) from error


def video_stream(name: str, container: InputContainer) -> VideoStream:
    """Return the video track of an open file: the first one that is no cover picture.

    Raises:
        UsageError: there is none.
    """
    if container.format.name in TEXT_FORMATS:
        raise UsageError(f"{name}: is no video (it looks like text)")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    if container.streams.audio:
        raise UsageError(f"{name}: has no video, only audio")
    raise UsageError(f"{name}: has no video")
