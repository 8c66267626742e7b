"""StreamSession: one connection to a camera, an address or a pipe, from its opening to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.format import Flags
from av.video.frame import VideoFrame

from calculators.live.places import Place, PlaceKind
from calculators.media.faults import plain_words
from calculators.media.frame_clock import to_microseconds
from calculators.media.media_reader import PIXELS_MAX
from calculators.media.video_decoding import video_stream
from calculators.media.video_reader import check_size, header_of
from calculators.types import VideoHeader
from graphflow.running.clock import Clock
from graphflow.words.errors import GraphflowError, UsageError


class StreamLost(GraphflowError):
    """A stream could not be opened, or ended before its time; it may come back. Says why."""


class Arrival(NamedTuple):
    """A frame as it came.

    Attributes:
        frame: decoded; None for a packet or frame that is damaged.
        own_us: its time by the stream, microseconds; None where the stream has no times.
        arrival_us: when its packet came, by our clock.
    """

    frame: VideoFrame | None
    own_us: int | None
    arrival_us: int


class Patience(NamedTuple):
    """How long a place may take, in seconds: to open, and from one packet to the next."""

    open_seconds: float
    read_seconds: float


class StreamSession:
    """Frames of the first video track of a place, as they come.

    Used by one thread alone, from the opening on. FFmpeg looks now and then whether its time is up,
    but nobody can end a call of it earlier.

    Attributes:
        duration_us: how long it will be; None if it has no end that is known.
    """

    def __init__(
        self, place: Place, patience: Patience, clock: Clock, source: Any | None = None
    ) -> None:
        """Open a place.

        Args:
            place: what is opened.
            patience: how long that may take.
            clock: tells when packets come.
            source: a file object to read from, in place of what `place` names.

        Raises:
            StreamLost: it does not answer, or not with a video.
            UsageError: there is no such place, or what is there is no video.
        """
        self._patience = patience
        self._clock = clock
        self._container = _opened(place, patience, source)
        try:
            self._stream = video_stream(place.name, self._container)
            check_size(place.name, self._stream, PIXELS_MAX)
        except BaseException:
            self._container.close()
            raise
        # Frame threads would give each frame later by as many frames as there are threads.
        self._stream.thread_type = "SLICE"
        flags = Flags(self._container.format.flags)
        self._has_times = not (flags & Flags.no_timestamps or place.device_format == "rawvideo")
        self.duration_us = self._container.duration or None

    def header(self, first: VideoFrame) -> VideoHeader:
        """Return what is known when the first frame is there."""
        return header_of(self._container, self._stream, first)

    def __iter__(self) -> Iterator[Arrival]:
        """Yield frames as they come, until the stream ends.

        Raises:
            StreamLost: nothing came for too long, or the connection broke.
        """
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.ExitError as error:
                raise StreamLost(f"nothing came for {self._patience.read_seconds:g} s") from error
            except (av.FFmpegError, OSError) as error:
                raise StreamLost(plain_words(error)) from error
            if packet is None:
                return
            arrival_us = self._clock.now_us
            try:
                frames = packet.decode()
            except av.FFmpegError:
                yield Arrival(None, None, arrival_us)
                continue
            for frame in frames:
                if isinstance(frame, VideoFrame):
                    yield self._arrival(frame, arrival_us)

    def close(self) -> None:
        """Close the connection; by the thread that reads, when it does not read."""
        with suppress(av.FFmpegError):  # the other side may be gone: there is nobody to tell
            self._container.close()

    def _arrival(self, frame: VideoFrame, arrival_us: int) -> Arrival:
        own_us = None
        if self._has_times and frame.pts is not None and frame.time_base:
            own_us = to_microseconds(frame.pts, frame.time_base)
        return Arrival(None if frame.is_corrupt else frame, own_us, arrival_us)


def _opened(place: Place, patience: Patience, source: Any | None) -> InputContainer:
    is_timed = place.kind is PlaceKind.ADDRESS
    try:
        return av.open(
            place.target if source is None else source,
            format=place.device_format or None,
            options=place.options,
            metadata_errors="replace",
            timeout=(patience.open_seconds, patience.read_seconds) if is_timed else None,
        )
    except av.ExitError as error:
        raise StreamLost(f"no answer within {patience.open_seconds:g} s") from error
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, av.InvalidDataError) and is_timed:
            raise UsageError(
                f"{place.name}: it answers, but not with a video\n"
                "  hint: is this the address of the stream itself, not of a page about it?"
            ) from error
        raise StreamLost(plain_words(error)) from error
