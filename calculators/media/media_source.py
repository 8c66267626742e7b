"""MediaSourceCalculator: the frames of whatever the user names."""

from __future__ import annotations

from calculators.media.open_media import open_media
from calculators.media.playback import FRAMES_MAX_PORT, HEADER_PORT, VIDEO_PORT, Playback
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class MediaSourceCalculator(Calculator[NoOptions]):
    """Give the frames of a video, a camera, a picture or a folder of pictures, by the path.

    Timing: a source: each call gives one frame at its time in microseconds, strictly increasing:
    presentation times for video, 33333 µs steps for pictures. What can be read is given; then, if
    something was damaged, the run fails and says what is missing.

    Ports: VIDEO, the frames; VIDEO_PRESTREAM, what is known beforehand, once at PRESTREAM. Side
    inputs INPUT_FILE_PATH (path, folder, pattern such as shots/*.png, address such as rtsp://...,
    or a camera's number) and MAX_FRAMES.

    Options: none.

    Example:
        ```yaml
        input_side_packet: [input_path]
        output_stream: [image, header]
        node:
          - calculator: MediaSourceCalculator
            input_side_packet: ["INPUT_FILE_PATH:input_path"]
            output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
        ```

    Source: MediaPipe, calculators/video/opencv_video_decoder_calculator.cc, for videos.
    """

    contract = Contract(
        outputs=(VIDEO_PORT, HEADER_PORT),
        side_inputs=(
            Port("INPUT_FILE_PATH", str, doc="path, folder, pattern, address or camera's number"),
            FRAMES_MAX_PORT,
        ),
    )

    def open(self, context: Context) -> None:
        """Choose the reader, open it and announce the medium."""
        path: str = context.side_inputs["INPUT_FILE_PATH"]
        self._playback = Playback(open_media(path), context)

    def process(self, context: Context) -> None:
        """Give one frame."""
        self._playback.step(context)

    def close(self, context: Context) -> None:
        """Close files and cameras."""
        self._playback.close()
