"""LiveSourceCalculator: the newest frame of a camera, a stream or a file at its own pace."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from pydantic import Field, model_validator

from calculators.live.back_off import BackOff
from calculators.live.capture_clock import BadTimes, CaptureClock
from calculators.live.delivery import Delivery, Feed
from calculators.live.file_feed import FileFeed
from calculators.live.places import Place, PlaceKind, place_of
from calculators.live.standard_input import StandardInput
from calculators.live.stream_feed import Connect, StreamChoices, StreamFeed
from calculators.live.stream_session import Patience, StreamSession
from calculators.media.media_reader import TimedImage
from calculators.media.open_media import open_media
from calculators.media.playback import FRAMES_MAX_PORT, HEADER_PORT, VIDEO_PORT
from calculators.types import VideoHeader
from graphflow import Calculator, Context, Contract, Options, Packet, Port, Timestamp, register
from graphflow.running.clock import CLOCK, Clock
from graphflow.running.notices import NOTICES
from graphflow.words.errors import UsageError

INPUT_FILE_PATH, REALTIME = "INPUT_FILE_PATH", "REALTIME"
CAPTURE_ORIGIN = "CAPTURE_ORIGIN"
RAW_RATE: Final = 30.0
"""Frames a second of raw video, which does not say it."""

VIDEO, VIDEO_PRESTREAM = VIDEO_PORT.tag, HEADER_PORT.tag


class LiveSourceOptions(Options):
    """Options of LiveSourceCalculator."""

    bad_timestamps: BadTimes = Field(
        "bump",
        description="a frame whose time repeats, runs backwards or jumps: raise (fail), drop, or "
        "bump (give it the time at which it came)",
    )
    open_timeout: float = Field(
        10.0, gt=0, le=600, description="how long an address may take to answer, seconds"
    )
    read_timeout: float = Field(
        10.0,
        gt=0,
        le=600,
        description="how long an address may be silent, seconds; of cameras and pipes it is told",
    )
    reconnect_attempts: int = Field(
        20, ge=0, description="attempts in a row to reach again what was lost; 0: none"
    )
    reconnect_delay: float = Field(
        0.5, gt=0, le=600, description="before the first attempt, seconds; it doubles"
    )
    reconnect_delay_max: float = Field(
        10.0, gt=0, le=600, description="before any attempt at most, seconds"
    )
    raw_format: Literal["", "rgb24", "bgr24", "gray"] = Field(
        "", description="of frames on standard input that are not encoded; then give the size too"
    )
    width: int = Field(0, ge=0, description="of a raw frame, or to ask of a camera, pixels")
    height: int = Field(0, ge=0, description="of a raw frame, or to ask of a camera, pixels")
    frame_rate: float = Field(
        0.0, ge=0, description="of raw frames (0: 30), or to ask of a camera, frames a second"
    )

    @model_validator(mode="after")
    def _has_size(self) -> LiveSourceOptions:
        if bool(self.width) != bool(self.height):
            raise ValueError("width and height go together")
        if self.raw_format and not self.width:
            raise ValueError("raw_format needs width and height")
        return self


@register
class LiveSourceCalculator(Calculator[LiveSourceOptions]):
    """Give the newest frame of a camera, an address or a pipe, or play a file at its own pace.

    Timing: a source that waits for frames. Of a live source each call gives the newest frame that
    was not given yet, at the time at which it was captured, from 0 on; frames that nobody took in
    time are counted in the ledger. With REALTIME a file is played by the service CLOCK, its frames
    at their presentation times; without it every frame is given, as quickly as they are taken.

    What ends of itself ends the source. A camera or an address that is lost is reached for again;
    each loss and each return is told once, by the service NOTICES.

    Options: bad_timestamps (raise, drop or bump: a frame whose time repeats, runs backwards or
    jumps; bump, since a picture that came now is worth more than what its clock says),
    open_timeout and read_timeout (seconds that an address may be silent, up to 600; 10),
    reconnect_attempts (in a row; 20; 0 for none), reconnect_delay (seconds before the first; it
    doubles; 0.5), reconnect_delay_max (seconds; 10), raw_format (rgb24, bgr24 or gray, of standard
    input that is not encoded; "" for encoded), width and height (pixels, of raw frames, or asked of
    a camera; 0 for the camera's own), frame_rate (frames a second, the same; 0 for 30 of raw
    frames).

    Example:
        ```yaml
        input_side_packet: [input_path, realtime]
        output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
        output_stream: [image, header]
        node:
          - calculator: LiveSourceCalculator
            input_side_packet: ["INPUT_FILE_PATH:input_path", "REALTIME:realtime"]
            output_side_packet: ["CAPTURE_ORIGIN:capture_origin"]
            output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
        ```

    Source: graphflow.
    """

    contract = Contract(
        outputs=(VIDEO_PORT, HEADER_PORT),
        side_inputs=(
            Port(
                INPUT_FILE_PATH,
                str,
                doc="camera's number, device, address (rtsp://...), - for standard input, or a "
                "file, folder or pattern",
            ),
            Port(REALTIME, bool, optional=True, doc="play a file at its own pace; false if absent"),
            FRAMES_MAX_PORT,
        ),
        side_outputs=(
            Port(
                CAPTURE_ORIGIN,
                int,
                optional=True,
                doc="time by the service CLOCK at which packet time 0 was captured, microseconds; "
                "made with the first frame",
            ),
        ),
        options=LiveSourceOptions,
        services=(CLOCK, NOTICES),
        loses="frames of a live source for which the graph has no time",
        releases_lock=True,
        varies_with="the clock",
    )

    def open(self, context: Context) -> None:
        """Begin to read; of a file, look at it.

        Raises:
            UsageError: there is no such file or camera, or MAX_FRAMES is negative.
            MediaFault: nothing in the file can be decoded.
        """
        self._frames_max: int = context.side_inputs.get("MAX_FRAMES") or 0
        if self._frames_max < 0:
            raise UsageError(f"MAX_FRAMES: found {self._frames_max}; expected 0 or more")
        self._given = 0
        self._is_origin_told = False
        self._shape: tuple[int, ...] = ()
        place = place_of(context.side_inputs[INPUT_FILE_PATH])
        self._name = place.name
        is_realtime = bool(context.side_inputs.get(REALTIME))
        self._feed = self._begin(place, is_realtime, context.service(CLOCK))

    def process(self, context: Context) -> None:
        """Give what came, or after a while nothing, so that a run can be cancelled."""
        delivery = self._feed.next()
        self._account(delivery, context)
        if delivery.frame is not None:
            self._give(delivery.frame, context)
        if delivery.is_end or 0 < self._frames_max <= self._given:
            self._tell_origin(context)  # also where no frame came, or its readers would wait for it
            context.stop(delivery.fault)

    def close(self, context: Context) -> None:
        """Close files and cameras."""
        self._feed.close()

    def _account(self, delivery: Delivery, context: Context) -> None:
        output = context.outputs[VIDEO]
        for reason, count in delivery.losses.items():
            output.drop(reason, count)
        output.bumped += delivery.bumped
        for notice in delivery.notices:
            context.service(NOTICES).say(notice)

    def _give(self, frame: TimedImage, context: Context) -> None:
        shape = frame.image.shape
        self._given += 1
        if self._given == 1:
            self._announce(self._feed.header, context)
        elif shape != self._shape:
            before, now = f"{self._shape[1]}x{self._shape[0]}", f"{shape[1]}x{shape[0]}"
            text = f"{self._name}: the size of its frames changed from {before} to {now} pixels"
            context.service(NOTICES).say(text)
        self._shape = shape
        context.outputs[VIDEO].add(Packet(frame.image, frame.timestamp_us))

    def _announce(self, header: VideoHeader, context: Context) -> None:
        output = context.outputs.get(VIDEO_PRESTREAM)
        if output is not None:
            output.add(Packet(header, Timestamp.PRESTREAM))
        self._tell_origin(context)

    def _tell_origin(self, context: Context) -> None:
        if not self._is_origin_told and CAPTURE_ORIGIN in context.side_outputs:
            self._is_origin_told = True
            origin_us = self._feed.origin_us if self._given else context.service(CLOCK).now_us
            context.side_outputs[CAPTURE_ORIGIN] = origin_us

    def _begin(self, place: Place, is_realtime: bool, clock: Clock) -> Feed:
        if place.kind is PlaceKind.FILE:
            return FileFeed(open_media(place.target), clock, is_paced=is_realtime)
        options = self.options
        is_pipe = place.kind is PlaceKind.STANDARD_INPUT
        is_address = place.kind is PlaceKind.ADDRESS
        choices = StreamChoices(
            place.name,
            self._connector(place, clock),
            is_realtime=is_realtime,
            is_pipe=is_pipe,
            quiet_seconds=math.inf if is_address else options.read_timeout,
        )
        attempts = 0 if is_pipe else options.reconnect_attempts
        back_off = BackOff(attempts, options.reconnect_delay, options.reconnect_delay_max)
        return StreamFeed(choices, CaptureClock(options.bad_timestamps), back_off, clock)

    def _connector(self, place: Place, clock: Clock) -> Connect:
        patience = Patience(self.options.open_timeout, self.options.read_timeout)
        asked = _asked(place, self.options)

        def connect(is_closed: Callable[[], bool]) -> StreamSession:
            is_pipe = place.kind is PlaceKind.STANDARD_INPUT
            return StreamSession(
                asked, patience, clock, StandardInput(is_closed) if is_pipe else None
            )

        return connect


def _asked(place: Place, options: LiveSourceOptions) -> Place:
    """Return a place with what is asked of a camera, or said of raw frames."""
    raw_format = options.raw_format
    if raw_format and place.kind is not PlaceKind.STANDARD_INPUT:
        raise UsageError(f"{place.name}: found raw_format; expected it for standard input alone")
    if not raw_format and place.kind is not PlaceKind.CAMERA:
        return place
    wishes = dict(place.options)
    if options.width:
        wishes["video_size"] = f"{options.width}x{options.height}"
    if raw_format:
        wishes["pixel_format"] = raw_format
    rate = options.frame_rate or (RAW_RATE if raw_format else 0)
    if rate:
        wishes["framerate"] = f"{rate:g}"
    return replace(
        place, device_format="rawvideo" if raw_format else place.device_format, options=wishes
    )
