"""VideoEncoderCalculator: frames into a video file."""

from __future__ import annotations

from pathlib import Path

from calculators.media.encoding_options import EncodingOptions
from calculators.media.frame_sink import FRAMES_PORT, HEADER_PORT, WRITTEN_PORT, FrameSink
from calculators.media.video_writer import VideoWriter
from graphflow import Calculator, Context, Contract, Port, register


@register
class VideoEncoderCalculator(Calculator[EncodingOptions]):
    """Write frames to a video file, each at its own time.

    Timing: writes a frame at each timestamp that has one. The file is finished on close, also
    when the run fails or is cancelled; without frames none is left.

    Ports: VIDEO, the frames; VIDEO_PRESTREAM, whose frame rate is noted in the file. Side input
    OUTPUT_FILE_PATH (.mp4, .m4v, .mov, .mkv or .webm). Side output WRITTEN.

    Options: codec (H.264), crf (23; 0 to 51), preset ("veryfast").

    Example:
        ```yaml
        input_stream: [image, header]
        input_side_packet: [output_path]
        node:
          - calculator: VideoEncoderCalculator
            input_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
            input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
            options: {crf: 20}
        ```

    Source: MediaPipe, calculators/video/opencv_video_encoder_calculator.cc. There frames are
    written at a fixed rate whatever their timestamps say.
    """

    contract = Contract(
        inputs=(FRAMES_PORT, HEADER_PORT),
        side_inputs=(Port("OUTPUT_FILE_PATH", str, doc="where the video goes"),),
        side_outputs=(WRITTEN_PORT,),
        options=EncodingOptions,
    )

    def open(self, context: Context) -> None:
        """Check that the file can be written."""
        path = Path(context.side_inputs["OUTPUT_FILE_PATH"]).expanduser()
        options = self.options
        self._sink = FrameSink(
            VideoWriter(path, codec=options.codec, crf=options.crf, preset=options.preset)
        )

    def process(self, context: Context) -> None:
        """Write one frame."""
        self._sink.step(context)

    def close(self, context: Context) -> None:
        """Finish the file."""
        self._sink.close(context)
