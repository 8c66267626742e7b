"""MediaSinkCalculator: frames to wherever the user wants them."""

from __future__ import annotations

from calculators.media.create_media import create_media
from calculators.media.encoding_options import EncodingOptions
from calculators.media.frame_sink import FRAMES_PORT, HEADER_PORT, WRITTEN_PORT, FrameSink
from graphflow import Calculator, Context, Contract, Port, register


@register
class MediaSinkCalculator(Calculator[EncodingOptions]):
    """Write frames to a video, a picture or a folder of pictures, by the path; or nowhere.

    Timing: writes a frame at each timestamp that has one. Files are finished on close, also when
    the run fails or is cancelled; without frames none is left.

    Ports: VIDEO, the frames; VIDEO_PRESTREAM, whose frame rate is noted in videos. Side input
    OUTPUT_FILE_PATH: a video (.mp4, .mov, .mkv, .webm), a picture (.png, .jpg, ...; numbered as
    soon as there is a second one), a folder; empty or absent: nothing is written. Side output
    WRITTEN.

    Options: codec (H.264), crf (23; 0 to 51), preset ("veryfast"); they concern videos.

    Example:
        ```yaml
        input_stream: [image]
        input_side_packet: [output_path]
        node:
          - calculator: MediaSinkCalculator
            input_stream: ["VIDEO:image"]
            input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
        ```

    Source: MediaPipe, calculators/video/opencv_video_encoder_calculator.cc, for videos.
    """

    contract = Contract(
        inputs=(FRAMES_PORT, HEADER_PORT),
        side_inputs=(
            Port("OUTPUT_FILE_PATH", str, optional=True, doc="where frames go; nowhere if empty"),
        ),
        side_outputs=(WRITTEN_PORT,),
        options=EncodingOptions,
    )

    def open(self, context: Context) -> None:
        """Check that the place can be written."""
        path: str | None = context.side_inputs.get("OUTPUT_FILE_PATH")
        options = self.options
        writer = None
        if path:
            writer = create_media(path, codec=options.codec, crf=options.crf, preset=options.preset)
        self._sink = FrameSink(writer)

    def process(self, context: Context) -> None:
        """Write one frame."""
        self._sink.step(context)

    def close(self, context: Context) -> None:
        """Finish what was written."""
        self._sink.close(context)
