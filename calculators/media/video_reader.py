"""Read the frames of a video file, address or camera: true times, upright RGB pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from calculators.media.faults import MediaFault
from calculators.media.frame_clock import MICROSECONDS, FrameClock, to_microseconds
from calculators.media.media_reader import PIXELS_MAX, TimedImage
from calculators.media.upright import Upright
from calculators.media.video_decoding import VideoDecoding, is_url
from calculators.types import VideoHeader
from graphflow.words.errors import UsageError

RATE_MAX: Final = 1000
"""Frame rates above this are guesses made from a time base, not rates."""


class VideoReader:
    """Frames of the first video track of a file, an address or a capture device.

    Frames are converted to RGB with FFmpeg's default scaler settings, turned as the rotation
    metadata say, and given at their own size, even if that changes on the way. The pixel aspect
    ratio is ignored. What can't be decoded is skipped and told in `faults` at the end; on live
    streams such losses are ordinary and not told.

    Attributes:
        header: what is known before the first frame; width and height are the first frame's.
        faults: what could not be read; complete when the iteration has ended.
    """

    def __init__(
        self, source: str | Path, *, device_format: str | None = None, pixels_max: int = PIXELS_MAX
    ) -> None:
        """Open a video and decode its first frame.

        Args:
            source: path or address; a device such as /dev/video0 together with `device_format`.
            device_format: FFmpeg's name of the capture interface, such as "v4l2".
            pixels_max: larger frames are refused before they are decoded.

        Raises:
            UsageError: there is no such file, or it is no video.
            MediaFault: it is a video, but not one frame of it can be decoded.
        """
        self.name = str(source)
        self.faults: list[str] = []
        self._source = source
        self._is_live = device_format is not None or is_url(self.name)
        self._upright = Upright()
        self._decoding = VideoDecoding(source, device_format=device_format, threads="AUTO")
        try:
            check_size(self.name, self._decoding.stream, pixels_max)
            self._frames = iter(self._decoding)
            first = next(self._frames, None)
            if first is None:
                raise MediaFault([_no_frame(self.name, self._decoding)])
            self._first = first
            self.header = header_of(self._decoding.container, self._decoding.stream, first)
        except BaseException:
            self._decoding.close()
            raise
        self._clock = FrameClock(self.header.frame_rate)

    @property
    def repairs(self) -> int:
        """How many timestamps were missing or did not increase and were made up."""
        return self._clock.repairs

    def __iter__(self) -> Iterator[TimedImage]:
        """Yield every frame that can be decoded, in order of presentation; once."""
        count, last_us, last = 0, 0, self._first
        for last in self._all_frames():
            count += 1
            last_us = self._clock.next(last.pts, last.time_base)
            yield TimedImage(last_us, self._upright(last))
        self._tell_losses(count, last_us, last)

    def close(self) -> None:
        """Close the file and its decoder; may be called again."""
        self._decoding.close()

    def _all_frames(self) -> Iterator[VideoFrame]:
        last = self._first
        yield last
        for last in self._frames:
            yield last
        if not self._is_live and self._is_cut_short(last):
            yield from self._frames_after(last)

    def _frames_after(self, last: VideoFrame) -> Iterator[VideoFrame]:
        """Decode a damaged file once more, carefully, for frames that the first pass lost."""
        self._decoding.close()
        self._decoding = VideoDecoding(self._source, device_format=None, threads="NONE")
        for frame in self._decoding:
            if frame.pts is not None and last.pts is not None and frame.pts > last.pts:
                yield frame

    def _tell_losses(self, count: int, last_us: int, last: VideoFrame) -> None:
        if self._is_live:
            return
        losses = self._decoding.losses
        if self._is_cut_short(last):
            self.faults.append(
                f"{self.name}: damaged after frame {count} ({last_us / MICROSECONDS:.3f} s): the "
                f"rest is missing ({count} of {self._decoding.stream.frames} frames could be read)"
            )
        elif losses.skipped:
            packets = "1 packet" if losses.skipped == 1 else f"{losses.skipped} packets"
            self.faults.append(
                f"{self.name}: damaged after frame {losses.frames_before} "
                f"({losses.time_us / MICROSECONDS:.3f} s): {losses.reason}; {packets} skipped"
            )

    def _is_cut_short(self, last: VideoFrame) -> bool:
        # An edit list may leave out samples that the index counts, so the clock must agree.
        stream, header = self._decoding.stream, self.header
        if self._decoding.packets >= stream.frames or not stream.time_base or last.pts is None:
            return False
        if not header.duration_us or not header.frame_rate:
            return False
        ticks_given = last.pts - (stream.start_time or 0)
        missing_us = header.duration_us - to_microseconds(ticks_given, stream.time_base)
        return missing_us > 3 * MICROSECONDS / header.frame_rate


def header_of(container: InputContainer, stream: VideoStream, first: VideoFrame) -> VideoHeader:
    """Return what is known of a video when its first frame is decoded."""
    is_turned = round(first.rotation / 90) % 2 != 0
    width, height = (first.height, first.width) if is_turned else (first.width, first.height)
    rates = [stream.average_rate, stream.guessed_rate]
    if first.pts is None:
        # Without timestamps the average is the demuxer's own default; the codec knows better.
        rates.reverse()
    duration_us = container.duration
    if stream.duration and stream.time_base:
        duration_us = to_microseconds(stream.duration, stream.time_base)
    return VideoHeader(
        width=width,
        height=height,
        frame_rate=next((Fraction(rate) for rate in rates if rate and 0 < rate <= RATE_MAX), None),
        frame_count=stream.frames or None,
        duration_us=duration_us or None,
    )


def _no_frame(name: str, decoding: VideoDecoding) -> str:
    reason = f": {decoding.losses.reason}" if decoding.losses.reason else ""
    return f"{name}: holds no frame that can be decoded{reason}"


def check_size(name: str, stream: VideoStream, pixels_max: int) -> None:
    """Check that the frames of a track are not too large to be decoded.

    Raises:
        UsageError: they are.
    """
    codec = stream.codec_context
    if codec.width * codec.height > pixels_max:
        raise UsageError(
            f"{name}: a frame has {codec.width}x{codec.height} pixels; "
            f"expected at most {pixels_max // 1_000_000} million"
        )
