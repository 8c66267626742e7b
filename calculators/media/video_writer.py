"""Write frames to a video file that is playable however the run ends."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.stream import VideoStream

from calculators.media.faults import MediaFault, check_output_folder, plain_words
from calculators.media.frame_clock import MICROSECONDS, RATE_FALLBACK
from calculators.media.salvage import salvage_video
from calculators.media.written import Written
from calculators.types import RgbImage, VideoHeader
from graphflow.words.diagnostics import listed
from graphflow.words.errors import UsageError

TIME_BASE: Final = Fraction(1, MICROSECONDS)

IS_SAFE_FROM_KILLS: Final = av.library_versions["libavformat"] >= (62, 0, 0)
"""Whether MP4 files are playable even if the process is killed; FFmpeg 8 can do that."""

# A fragment a second is on disk at once; at the end the file becomes an ordinary one. Waiting with
# the index, and its fine time scale, keep the time of the first frame.
_FRAGMENTED: Final = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": str(MICROSECONDS),
    "flush_packets": "1",
}
_MP4_OPTIONS: Final = {
    "movie_timescale": str(MICROSECONDS),
    **(_FRAGMENTED if IS_SAFE_FROM_KILLS else {}),
}

_H264: Final = ("libx264", "libopenh264", "h264")
_CODECS: Final = {
    ".mp4": _H264,
    ".m4v": _H264,
    ".mov": _H264,
    ".mkv": _H264,
    ".webm": ("libvpx-vp9", "libvpx"),
}
VIDEO_SUFFIXES: Final = tuple(_CODECS)

_COARSE_CODECS: Final = frozenset({"mpeg4", "mpeg2video", "mpeg1video", "libxvid", "h263"})
"""Encoders that count time in ticks of their frame rate, or in no more than 65,535 a second."""

# FFmpeg's numbers of SMPTE 170M (BT.601) and of limited range: what cv2's conversion makes.
_BT601: Final = 6
_LIMITED_RANGE: Final = 1


class VideoWriter:
    """Encodes frames with their own times.

    The file grows under a name of its own beside the target (`clip.partial.mp4`) and takes the
    target's name in `close`; until then an older target stays as it was. If no frame comes, no
    file is left. A killed process leaves the partial file, playable if IS_SAFE_FROM_KILLS; it is
    never overwritten.

    Times are kept to the microsecond in MP4 and MOV, to the millisecond in MKV and WebM. A first
    frame before time 0 moves the whole clip to start at 0.

    The first frame fixes the size. Odd sizes are made even by repeating the last row or column;
    later frames of another size are fitted into the first one's with black borders.
    """

    def __init__(
        self,
        path: Path,
        *,
        codec: str | None = None,
        crf: int = 23,
        preset: str = "veryfast",
    ) -> None:
        """Check that the file can be written; it is made with the first frame.

        Args:
            path: target; its suffix chooses the container.
            codec: FFmpeg's name of an encoder; None for H.264 (VP9 in WebM).
            crf: constant rate factor: 0 is lossless, 23 good, 51 worst.
            preset: x264's trade of time for size, from "ultrafast" to "veryslow".

        Raises:
            UsageError: suffix or encoder is unknown, or the folder is missing or not writable.
        """
        known = _CODECS.get(path.suffix.lower())
        if known is None:
            raise UsageError(
                f'can\'t write "{path}": the suffix "{path.suffix}" names no video format; '
                f"expected {listed(VIDEO_SUFFIXES, 'or')}"
            )
        check_output_folder(path)
        self.path = path
        self._partial = _free_name(path)
        self._codec = _available(codec, known)
        self._rate = RATE_FALLBACK
        self._crf = crf
        self._preset = preset
        self._container: OutputContainer | None = None
        self._stream: VideoStream
        self._size = (0, 0)
        self._shift_us = 0
        self._frames = 0
        self._has_failed = False

    def expect(self, header: VideoHeader) -> None:
        """Take the nominal frame rate from what is known before the first frame."""
        if header.frame_rate is not None:
            self._rate = header.frame_rate

    def write(self, image: RgbImage, timestamp_us: int) -> None:
        """Encode one frame.

        Args:
            image: (H, W, 3) uint8 RGB; not changed.
            timestamp_us: later than the frame before.

        Raises:
            MediaFault: encoding or writing failed; the message says why.
        """
        try:
            if self._container is None:
                self._start(image, timestamp_us)
            # Ten times as fast as FFmpeg's scaler, and a little closer to the original.
            picture = cv2.cvtColor(_fitted(image, self._size), cv2.COLOR_RGB2YUV_I420)
            frame = av.VideoFrame.from_ndarray(
                cast("npt.NDArray[np.uint8]", picture), format="yuv420p"
            )
            frame.pts = timestamp_us + self._shift_us
            frame.time_base = TIME_BASE
            frame.duration = round(MICROSECONDS / self._rate)
            self._mux(frame)
        except (av.FFmpegError, OSError) as error:
            self._has_failed = True
            raise self._fault(error) from error
        self._frames += 1

    def close(self) -> Written:
        """Finish the file and give it its name; without frames leave none.

        Raises:
            MediaFault: the end could not be written; what is whole of the file has its name.
        """
        container, self._container = self._container, None
        if container is None:
            return Written(self.path if self._frames else None, self._frames)
        try:
            try:
                if self._frames:
                    for packet in self._stream.encode(None):
                        container.mux(packet)
            finally:
                container.close()
            if not self._frames:
                self._partial.unlink(missing_ok=True)
                return Written(None, 0)
            self._partial.replace(self.path)
        except (av.FFmpegError, OSError) as error:
            self._frames = salvage_video(self._partial)
            if self._frames:
                self._partial.replace(self.path)
            if not self._has_failed:
                raise self._fault(error) from error
        return Written(self.path if self._frames else None, self._frames)

    def _start(self, image: RgbImage, timestamp_us: int) -> None:
        height, width = image.shape[:2]
        self._size = (width + width % 2, height + height % 2)
        self._shift_us = max(0, -timestamp_us)
        is_mp4 = self.path.suffix.lower() not in (".mkv", ".webm")
        container = av.open(
            f"file:{self._partial}", "w", options=dict(_MP4_OPTIONS) if is_mp4 else {}
        )
        self._container = container
        stream = container.add_stream(self._codec, rate=self._rate)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.time_base = TIME_BASE
        codec = stream.codec_context
        codec.time_base = TIME_BASE
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT601
        codec.color_range = _LIMITED_RANGE
        codec.options = _encoder_options(self._codec, self._crf, self._preset)
        self._stream = stream

    def _mux(self, frame: av.VideoFrame) -> None:
        assert self._container is not None
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _fault(self, error: Exception) -> MediaFault:
        return MediaFault([f"{self.path}: can't be written: {plain_words(error)}"])


def _free_name(path: Path) -> Path:
    """Return a name beside `path` that no file has: what a killed run left may be our input."""
    names = (f"{path.stem}.partial{count or ''}{path.suffix}" for count in itertools.count())
    return next(free for name in names if not (free := path.with_name(name)).exists())


def _available(asked: str | None, known: tuple[str, ...]) -> str:
    if asked in _COARSE_CODECS:
        raise UsageError(
            f'the video encoder "{asked}" can\'t keep times to the microsecond\n'
            f'  hint: leave codec out, for "{known[0]}"'
        )
    for name in (asked,) if asked else known:
        try:
            av.Codec(name, "w")
        except (av.FFmpegError, ValueError):
            continue
        return name
    raise UsageError(
        f'there is no video encoder "{asked or known[0]}" in this installation of PyAV'
    )


def _encoder_options(codec: str, crf: int, preset: str) -> dict[str, str]:
    if codec == "libx264":
        # Without B frames the order of coding is the order of time, and no edit list is needed.
        return {"crf": str(crf), "preset": preset, "bf": "0"}
    if codec.startswith("libvpx"):
        return {"crf": str(crf), "b": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1"}
    return {}


def _fitted(image: RgbImage, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the image in exactly `size` (width, height): unchanged, padded or letterboxed."""
    width, height = size
    rows, columns = image.shape[:2]
    if (columns, rows) == size:
        return image
    if (columns + columns % 2, rows + rows % 2) == size:
        padded: npt.NDArray[np.uint8] = np.pad(
            image, ((0, height - rows), (0, width - columns), (0, 0)), mode="edge"
        )
        return padded
    scale = min(width / columns, height / rows)
    inner = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return canvas
