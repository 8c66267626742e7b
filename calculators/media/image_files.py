"""ImageFilesCalculator: pictures as frames."""

from __future__ import annotations

from pathlib import Path

from calculators.media.image_reader import ImageReader, images_at
from calculators.media.playback import FRAMES_MAX_PORT, HEADER_PORT, VIDEO_PORT, Playback
from graphflow import Calculator, Context, Contract, Port, register
from graphflow.nodes.options import NoOptions


@register
class ImageFilesCalculator(Calculator[NoOptions]):
    """Give the pictures of a folder, a pattern or one file, 33333 µs apart.

    Timing: a source: each call gives one picture; the n-th file has the time n x 33333 µs. A
    picture that can't be read leaves its time empty; in the end the run fails and names it.

    Ports: VIDEO, the pictures; VIDEO_PRESTREAM, size of the first and number, once at PRESTREAM.
    Side inputs INPUT_FILE_PATH (folder, pattern such as shots/*.png, or file) and MAX_FRAMES.

    Options: none.

    Example:
        ```yaml
        input_side_packet: [input_path]
        output_stream: [image]
        node:
          - calculator: ImageFilesCalculator
            input_side_packet: ["INPUT_FILE_PATH:input_path"]
            output_stream: ["VIDEO:image"]
        ```

    Source: none in MediaPipe; the step in time is that of its Python API, python/solution_base.py.
    """

    contract = Contract(
        outputs=(VIDEO_PORT, HEADER_PORT),
        side_inputs=(
            Port("INPUT_FILE_PATH", str, doc="folder, pattern or file"),
            FRAMES_MAX_PORT,
        ),
    )

    def open(self, context: Context) -> None:
        """Find the pictures and announce them."""
        path = Path(context.side_inputs["INPUT_FILE_PATH"]).expanduser()
        paths = [path] if path.is_file() else images_at(str(path))
        self._playback = Playback(ImageReader(paths), context)

    def process(self, context: Context) -> None:
        """Give one picture."""
        self._playback.step(context)

    def close(self, context: Context) -> None:
        """Release the reader."""
        self._playback.close()
