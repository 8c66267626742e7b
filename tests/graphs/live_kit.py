"""The live graph without camera and models: its own wiring, with cheap frames and cheap nodes.

The camera gives frames by the service CLOCK and counts which of them are still somewhere in memory;
how long the pose takes, a timed simulation says.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
import yaml

from calculators.all_nodes import NODES
from calculators.types import (
    Mask,
    NormalizedLandmarks,
    NormalizedRect,
    PoseEvents,
    PoseQuality,
    RgbImage,
    VideoHeader,
    WorldLandmarks,
)
from graphflow import Calculator, Context, Contract, Graph, Packet, Port, Timestamp
from graphflow.loading import plan_from_text
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import Registry
from graphflow.nodes.service import Service
from graphflow.running.clock import CLOCK
from graphflow.words.bundle import bundled_folder

SECOND_US = 1_000_000
SUPERSEDED = "a newer frame came first"


class FrameCount:
    """Counts frames, and those of them that something still holds.

    Attributes:
        made, skipped: how many frames there were; how many of them the camera did not give.
        held, held_max: how many pictures are in memory now, and were at most.
    """

    def __init__(self) -> None:
        self.made = 0
        self.skipped = 0
        self.held = 0
        self.held_max = 0
        self._references: dict[int, weakref.ref[Any]] = {}

    def picture(self) -> RgbImage:
        """Make a picture, and note when it is gone."""
        pixels = np.zeros((2, 2, 3), np.uint8)
        reference = weakref.ref(pixels, self._forget)
        self._references[id(reference)] = reference
        self.held += 1
        self.held_max = max(self.held_max, self.held)
        return RgbImage(pixels)

    def _forget(self, reference: weakref.ref[Any]) -> None:
        del self._references[id(reference)]
        self.held -= 1


FRAMES = Service[FrameCount]("frames", default=FrameCount)


class FakeCameraCalculator(Calculator[NoOptions]):
    """Give `MAX_FRAMES` frames, `INPUT_FILE_PATH` a second; the newest, where it is called late."""

    contract = Contract(
        outputs=(Port("VIDEO", RgbImage), Port("VIDEO_PRESTREAM", VideoHeader)),
        side_inputs=(Port("INPUT_FILE_PATH", str), Port("REALTIME", bool), Port("MAX_FRAMES", int)),
        side_outputs=(Port("CAPTURE_ORIGIN", int),),
        services=(CLOCK, FRAMES),
    )

    def open(self, context: Context) -> None:
        self._step_us = SECOND_US / float(context.side_inputs["INPUT_FILE_PATH"])
        self._frames_max: int = context.side_inputs["MAX_FRAMES"]
        self._origin_us = context.service(CLOCK).now_us
        self._next = 0
        context.side_outputs["CAPTURE_ORIGIN"] = self._origin_us
        header = VideoHeader(2, 2, None, None, None)
        context.outputs["VIDEO_PRESTREAM"].add(Packet(header, Timestamp.PRESTREAM))

    def process(self, context: Context) -> None:
        clock, frames = context.service(CLOCK), context.service(FRAMES)
        due = int((clock.now_us - self._origin_us) / self._step_us)
        number = min(max(self._next, due), self._frames_max)
        frames.made += number - self._next
        frames.skipped += number - self._next
        if number == self._frames_max:
            context.stop()
            return
        self._next = number + 1
        time_us = round(number * self._step_us)
        frames.made += 1
        clock.sleep((self._origin_us + time_us - clock.now_us) / SECOND_US)
        context.outputs["VIDEO"].add(Packet(frames.picture(), time_us))


class FakePoseCalculator(Calculator[NoOptions]):
    """Find nobody on every third frame, and half a landmark on the others."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage),),
        outputs=(
            Port("LANDMARKS", NormalizedLandmarks),
            Port("WORLD_LANDMARKS", WorldLandmarks),
            Port("SEGMENTATION_MASK", Mask),
            Port("ROI", NormalizedRect),
        ),
    )

    def open(self, context: Context) -> None:
        self._count = itertools.count()

    def process(self, context: Context) -> None:
        if next(self._count) % 3:
            context.outputs["LANDMARKS"].emit(np.zeros((1, 5), np.float32))


class FakeRendererCalculator(Calculator[NoOptions]):
    """Make a new picture for each."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage), Port("LANDMARKS", NormalizedLandmarks)),
        outputs=(Port("IMAGE", RgbImage),),
        services=(FRAMES,),
    )

    def process(self, context: Context) -> None:
        context.outputs["IMAGE"].emit(context.service(FRAMES).picture())


class FakeEventsCalculator(Calculator[NoOptions]):
    """Tell of nothing."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage), Port("LANDMARKS", NormalizedLandmarks)),
        outputs=(Port("EVENTS", PoseEvents), Port("QUALITY", PoseQuality)),
    )

    def process(self, context: Context) -> None:
        pass


CHEAP = {
    "LiveSourceCalculator": ("source", FakeCameraCalculator),
    "PoseLandmarkCpu": ("pose", FakePoseCalculator),
    "PoseRenderer": ("renderer", FakeRendererCalculator),
    "PoseEvents": ("events", FakeEventsCalculator),
}


def cheap_live_graph(parameters: Mapping[str, Any] | None = None) -> tuple[Graph, FrameCount]:
    """Return the live graph with cheap nodes, and the count of its frames."""
    path = bundled_folder("graphs") / "pose_tracking_live.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for node in config["node"]:
        if node["calculator"] in CHEAP:
            name, calculator = CHEAP[node["calculator"]]
            kept = {port.tag for port in calculator.contract.side_inputs}
            given = [
                each for each in node.get("input_side_packet", ()) if each.partition(":")[0] in kept
            ]
            node |= {"name": name, "calculator": calculator.__name__, "input_side_packet": given}
            node.pop("options", None)
    # A registry of its own: other tests look at all nodes that graphs can find.
    known = Registry()
    known.offer(NODES)
    for _, calculator in CHEAP.values():
        known.register(calculator)
    text = yaml.safe_dump(config, sort_keys=False)
    graph = Graph(plan_from_text(text, parameters=parameters or {}, registry=known))
    frames = FrameCount()
    graph.services.give(FRAMES, frames)
    return graph, frames
