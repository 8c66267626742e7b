"""VideoDecoderCalculator: the frames of a video file."""

from __future__ import annotations

from calculators.media.playback import FRAMES_MAX_PORT, HEADER_PORT, VIDEO_PORT, Playback
from calculators.media.video_reader import VideoReader
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class VideoDecoderCalculator(Calculator[NoOptions]):
    """Give the frames of a video file or network stream, upright, at their true times.

    Timing: a source: each call gives one frame at its presentation time in microseconds, strictly
    increasing. Damage does not end the stream early: what can be decoded is given, then the run
    fails and says what is missing.

    Ports: VIDEO, the frames; VIDEO_PRESTREAM, size, rate and length, once at PRESTREAM. Side
    inputs INPUT_FILE_PATH and MAX_FRAMES.

    Options: none.

    Example:
        ```yaml
        input_side_packet: [input_path]
        output_stream: [video, header]
        node:
          - calculator: VideoDecoderCalculator
            input_side_packet: ["INPUT_FILE_PATH:input_path"]
            output_stream: ["VIDEO:video", "VIDEO_PRESTREAM:header"]
        ```

    Source: MediaPipe, calculators/video/opencv_video_decoder_calculator.cc. There times come from
    OpenCV, a frame too many or a rotation is left to the user, and damage ends the file silently.
    """

    contract = Contract(
        outputs=(VIDEO_PORT, HEADER_PORT),
        side_inputs=(Port("INPUT_FILE_PATH", str, doc="path or address"), FRAMES_MAX_PORT),
    )

    def open(self, context: Context) -> None:
        """Open the video and announce it."""
        path: str = context.side_inputs["INPUT_FILE_PATH"]
        self._playback = Playback(VideoReader(path), context)

    def process(self, context: Context) -> None:
        """Give one frame."""
        self._playback.step(context)

    def close(self, context: Context) -> None:
        """Close the file."""
        self._playback.close()
