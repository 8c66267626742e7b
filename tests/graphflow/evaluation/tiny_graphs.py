"""Graphs that find a bright pixel instead of a person, and pictures and clips with one."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt

from calculators.types import NormalizedLandmarks, NormalizedRect, RgbImage, WorldLandmarks
from graphflow import Calculator, Context, Contract, Port
from graphflow.nodes.options import NoOptions

SIZE = (16, 8)
"""Width and height of the pictures."""

GRAPH = """\
input_stream: ["IMAGE:image"]
output_stream: ["LANDMARKS:landmarks", "WORLD_LANDMARKS:world", "ROI:roi"]
node:
  - calculator: BrightRegionCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["ROI:roi"]
  - calculator: BrightPoseCalculator
    input_stream: ["IMAGE:image", "ROI:roi"]
    output_stream: ["LANDMARKS:landmarks", "WORLD_LANDMARKS:world"]
"""

READING_GRAPH = """\
input_side_packet:
  - {name: input_path, type: string, default: nowhere.mp4}
output_stream: ["LANDMARKS:landmarks", "IMAGE:image"]
node:
  - calculator: MediaSourceCalculator
    input_side_packet: ["INPUT_FILE_PATH:input_path"]
    output_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
  - calculator: BrightRegionCalculator
    input_stream: ["IMAGE:image"]
    output_stream: ["ROI:roi"]
  - calculator: BrightPoseCalculator
    input_stream: ["IMAGE:image", "ROI:roi"]
    output_stream: ["LANDMARKS:landmarks"]
  - calculator: MediaSinkCalculator
    input_stream: ["VIDEO:image", "VIDEO_PRESTREAM:header"]
    input_side_packet: ["OUTPUT_FILE_PATH:input_path"]
"""


class BrightRegionCalculator(Calculator[NoOptions]):
    """Give a region about the brightest pixel; nothing where all are black."""

    contract = Contract(inputs=(Port("IMAGE", RgbImage),), outputs=(Port("ROI", NormalizedRect),))

    def process(self, context: Context) -> None:
        image = context.inputs["IMAGE"].value
        red = image[:, :, 0]
        if red.max() < 100:
            return
        if red.max() < 200:
            raise ValueError("the picture is grey")
        y, x = np.unravel_index(int(red.argmax()), red.shape)
        context.outputs["ROI"].emit(region(int(x), int(y)))


class BrightPoseCalculator(Calculator[NoOptions]):
    """Put all landmarks into the middle of the region; z counts the poses of the run.

    The shoulders are four pixels higher.
    """

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage), Port("ROI", NormalizedRect)),
        outputs=(
            Port("LANDMARKS", NormalizedLandmarks),
            Port("WORLD_LANDMARKS", WorldLandmarks, optional=True),
        ),
    )

    def open(self, context: Context) -> None:
        self._poses = 0

    def process(self, context: Context) -> None:
        roi = context.inputs["ROI"]
        if roi.is_empty:
            return
        self._poses += 1
        rows = np.full((33, 5), 1.0, np.float32)
        rows[:, :2] = roi.value[:2]
        rows[11:13, 1] -= 4 / SIZE[1]
        rows[:, 2] = self._poses
        context.outputs["LANDMARKS"].emit(NormalizedLandmarks(rows))
        if "WORLD_LANDMARKS" in context.outputs:
            context.outputs["WORLD_LANDMARKS"].emit(WorldLandmarks(rows))


TINY_NODES: Final = (BrightRegionCalculator, BrightPoseCalculator)
"""Not registered: graphs of other tests shall not know them. The fixture `tiny_nodes` does it."""


def region(x_px: int, y_px: int) -> NormalizedRect:
    width, height = SIZE
    return NormalizedRect(np.array([x_px / width, y_px / height, 0.5, 0.5, 0.0], np.float32))


def picture_of(x_px: int, y_px: int, brightness: int = 255) -> npt.NDArray[np.uint8]:
    width, height = SIZE
    image = np.zeros((height, width, 3), np.uint8)
    image[y_px, x_px] = brightness
    return image


def write_picture(path: Path, x_px: int, y_px: int, brightness: int = 255) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture_of(x_px, y_px, brightness))
    return path


def write_clip(
    path: Path, places: list[tuple[int, int]], dark: frozenset[int] = frozenset()
) -> Path:
    """Write a clip without loss, 10 frames a second, one bright pixel a frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(10))
        stream.width, stream.height = SIZE
        stream.pix_fmt = "bgr0"
        for index, place in enumerate(places):
            image = picture_of(*place, brightness=0 if index in dark else 255)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def write_graph(folder: Path, text: str = GRAPH) -> Path:
    path = folder / "graph.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def truth_line(name: str, x_px: int, y_px: int, **more: object) -> str:
    """Return a line of a data set in which somebody is at a pixel, with shoulders above it."""
    width, height = SIZE
    rows = [[x_px / width, y_px / height, 0.0, 1.0, 1.0] for _ in range(33)]
    rows[11][1] = rows[12][1] = (y_px - 4) / height
    fields = {"image": name, "width": width, "height": height, "pose_landmarks": rows}
    return json.dumps({**fields, **more}) + "\n"
