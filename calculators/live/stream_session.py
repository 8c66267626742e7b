"""StreamSession: one connection to a camera, an address or a pipe, from its opening to its end."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.format import Flags
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from calculators.live.haste import Haste
from calculators.live.places import Place, PlaceKind
from calculators.media.faults import plain_words
from calculators.media.frame_clock import MICROSECONDS, to_microseconds
from calculators.media.media_reader import PIXELS_MAX
from calculators.media.video_decoding import video_stream
from calculators.media.video_reader import check_size, header_of
from calculators.types import VideoHeader
from graphflow.running.clock import Clock
from graphflow.words.errors import GraphflowError, UsageError

DAMAGED_MAX: Final = 100
"""Damaged packets in a row, after which a stream counts as lost."""

_PAGE_HINT: Final = "  hint: is this the address of the stream itself, not of a page about it?"


class StreamLost(GraphflowError):
    """A stream could not be opened, or ended before its time; it may come back. Says why."""


class Arrival(NamedTuple):
    """A frame as it came.

    Attributes:
        frame: decoded; None for a packet or frame that is damaged.
        own_us: its time by the stream, microseconds; None where the stream has no times.
        arrival_us: when its packet came, by our clock.
        skipped: packets before it that were not decoded, to keep up.
    """

    frame: VideoFrame | None
    own_us: int | None
    arrival_us: int
    skipped: int = 0


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
        haste: what to skip of a live stream; None to skip nothing.
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
        self.haste: Haste | None = None
        self._patience = patience
        self._clock = clock
        self._container = _opened(place, patience, source)
        try:
            self._stream = _track(place, self._container)
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

        What can't be decoded before the first frame is no damage: we came in the middle.

        Raises:
            StreamLost: nothing came for too long, or no frame, or the connection broke.
        """
        opened_us, has_frames = self._clock.now_us, False
        longest_us = self._patience.open_seconds * MICROSECONDS
        for packet, arrival_us in self._packets():
            frames = None if packet is None else _decoded(packet)
            if frames is None and has_frames:
                yield Arrival(None, None, arrival_us)
            for frame in frames or ():
                has_frames = True
                yield self._arrival(frame, arrival_us)
            if not has_frames and arrival_us - opened_us > longest_us:
                seconds = self._patience.open_seconds
                raise StreamLost(f"what came in {seconds:g} s holds no frame that can be decoded")

    def _packets(self) -> Iterator[tuple[Packet[VideoStream] | None, int]]:
        """Yield packets as they come, and when; None for one that is damaged."""
        packets, damaged = self._container.demux(self._stream), 0
        while True:
            asked_us = self._clock.now_us
            try:
                packet = next(packets, None)
            except av.InvalidDataError as error:
                damaged += 1
                if damaged > DAMAGED_MAX:
                    raise StreamLost("it sends nothing but damaged packets") from error
                packets = self._container.demux(self._stream)  # for the other is exhausted
                yield None, self._clock.now_us
                continue
            except av.ExitError as error:
                raise StreamLost(f"nothing came for {self._patience.read_seconds:g} s") from error
            except (av.FFmpegError, OSError) as error:
                is_vague = error.errno == errno.EIO  # of a connection that was closed, say
                words = "the connection broke off" if is_vague else plain_words(error)
                raise StreamLost(words) from error
            if packet is None:
                return
            damaged = 0
            arrival_us, haste = self._clock.now_us, self.haste
            is_key = packet.is_keyframe
            if haste is None or not haste.must_skip(asked_us, arrival_us, is_keyframe=is_key):
                yield packet, arrival_us

    def close(self) -> None:
        """Close the connection; by the thread that reads, when it does not read."""
        with suppress(av.FFmpegError):  # the other side may be gone: there is nobody to tell
            self._container.close()

    def _arrival(self, frame: VideoFrame, arrival_us: int) -> Arrival:
        own_us = None
        if self._has_times and frame.pts is not None and frame.time_base:
            own_us = to_microseconds(frame.pts, frame.time_base)
        skipped = 0
        if self.haste is not None:
            skipped, self.haste.skipped = self.haste.skipped, 0
        return Arrival(None if frame.is_corrupt else frame, own_us, arrival_us, skipped)


def _track(place: Place, container: InputContainer) -> VideoStream:
    try:
        track = video_stream(place.name, container)
    except UsageError as error:
        if place.kind is PlaceKind.ADDRESS:  # FFmpeg may take a page for a sound
            raise UsageError(f"{error}\n{_PAGE_HINT}") from error
        raise
    check_size(place.name, track, PIXELS_MAX)
    return track


def _decoded(packet: Packet[VideoStream]) -> list[VideoFrame] | None:
    """Return the frames that a packet completes; None if it is damaged."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
    except av.FFmpegError:
        return None


def _opened(place: Place, patience: Patience, source: Any | None) -> InputContainer:
    is_timed = place.kind is PlaceKind.ADDRESS
    began = time.monotonic()
    try:
        return av.open(
            place.target if source is None else source,
            format=place.device_format or None,
            options=place.options,
            metadata_errors="replace",
            timeout=(patience.open_seconds, patience.read_seconds) if is_timed else None,
        )
    except (av.FFmpegError, OSError) as error:
        # What its interrupted call returns differs between the kinds of addresses.
        if is_timed and time.monotonic() - began >= patience.open_seconds:
            raise StreamLost(f"no answer within {patience.open_seconds:g} s") from error
        if is_timed:
            raise _unopened(place, error) from error
        if place.kind is PlaceKind.CAMERA:
            raise StreamLost(_why_no_camera(error)) from error
        raise _unreadable_input(place, error, source) from error


def _why_no_camera(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else 0
    words = plain_words(error)
    if number == errno.EACCES:
        return f'{words}\n  hint: sudo usermod -aG video "$USER", and log in again'
    if number == errno.EBUSY:
        return f"{words}\n  hint: another program uses it"
    return "this is no camera" if number == errno.ENOTTY else words


def _unreadable_input(place: Place, error: Exception, source: Any) -> UsageError:
    if getattr(source, "is_empty", False):
        return UsageError(f"{place.name}: nothing came; expected a video")
    return UsageError(
        f"{place.name}: can't be read as a video: {plain_words(error)}\n"
        "  hint: of MP4 the index must stand first; MPEG-TS and Matroska can be read from a pipe; "
        "frames that are not encoded need raw_format"
    )


def _unopened(place: Place, error: Exception) -> GraphflowError:
    """Return what to say of an address that can't be opened; FFmpeg is vague about it."""
    if isinstance(error, av.InvalidDataError):
        return UsageError(f"{place.name}: it answers, but not with a video\n{_PAGE_HINT}")
    if not (isinstance(error, OSError) and error.errno == errno.EIO):
        return StreamLost(plain_words(error))
    host = urlsplit(place.target).hostname
    try:
        if host:
            socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):  # of a name that can't be one
        return StreamLost(f'no host is known by the name "{host}"')
    return StreamLost(f"it sends no video, or breaks off\n{_PAGE_HINT}")
