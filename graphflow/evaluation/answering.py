"""Run a graph on pictures and clips, one unit after the other, and say what it found."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from calculators.media.image_reader import read_image
from calculators.types import RgbImage
from graphflow.evaluation.clip_frames import Missing, steps
from graphflow.evaluation.evaluable import EvaluableGraph
from graphflow.evaluation.samples import JOINT_COUNT
from graphflow.evaluation.units import ClipUnit, Frame, StillUnit, Unit
from graphflow.graph import INLINE, Graph
from graphflow.words.errors import GraphflowError
from graphflow.words.packet import Packet

SHAPE: Final = (JOINT_COUNT, 5)

_Waiting = deque[tuple[Frame, int, str]]
"""Frames that were fed, with their times and what is wrong with them."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a graph found in one sample.

    Attributes:
        name: of the sample.
        size_px: width and height of the picture.
        landmarks: (33, 5) float32: x and y normalised, z, visibility, presence; None for nobody.
        world_landmarks: (33, 5) float32, metres; None for nobody, or where the graph has none.
        fault: why the graph could not be asked or failed; "" where it answered.
    """

    name: str
    size_px: tuple[int, int]
    landmarks: npt.NDArray[np.float32] | None = None
    world_landmarks: npt.NDArray[np.float32] | None = None
    fault: str = ""


class Answerer:
    """A graph that answers one unit after the other, in the thread that asks.

    Each still, and each clip, is a run of its own, so nothing of one is left for the next; the
    graph keeps its models between runs.
    """

    def __init__(
        self, graph: EvaluableGraph, side_packets: Mapping[str, Any], *, is_tracking: bool
    ) -> None:
        """Prepare to run the graph.

        Args:
            graph: what is evaluated.
            side_packets: values for its runs.
            is_tracking: whether clips are run in order; else each frame is a run of its own.
        """
        self._streams = graph
        self._side_packets = dict(side_packets)
        self._is_tracking = is_tracking
        self._graph = Graph(graph.plan)
        self._packets: dict[str, dict[int, Any]] = {}
        for name in (graph.landmarks, graph.world_landmarks):
            if name is not None:
                self._packets[name] = {}
                self._graph.observe(name, partial(_keep, self._packets[name]))

    def answer(
        self, unit: Unit, should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Found]:
        """Yield what is found in the unit's samples; less if it should stop.

        Args:
            unit: a picture, or a clip with some frames.
            should_stop: asked between frames.
        """
        if isinstance(unit, StillUnit):
            yield self._still(unit)
            return
        told = set()
        try:
            for found in (
                self._tracked(unit, should_stop) if self._is_tracking else self._each(unit)
            ):
                told.add(found.name)
                yield found
                if should_stop():
                    self._graph.reset()
                    return
        except (GraphflowError, OSError) as error:
            self._graph.reset()
            for frame in unit.frames:
                if frame.name not in told:
                    yield Found(frame.name, frame.size_px, fault=str(error))

    def _still(self, unit: StillUnit) -> Found:
        try:
            image = read_image(unit.source)
        except (GraphflowError, OSError) as error:
            return Found(unit.name, unit.size_px, fault=str(error))
        return self._picture(unit.name, unit.size_px, image, unit.region)

    def _each(self, unit: ClipUnit) -> Iterator[Found]:
        """Run the graph on each frame of a clip alone."""
        for step in steps(unit):
            frame = step.frame
            if isinstance(step, Missing):
                yield Found(step.frame.name, step.frame.size_px, fault=step.fault)
            elif frame is not None:
                yield self._picture(frame.name, frame.size_px, step.picture.image)

    def _tracked(self, unit: ClipUnit, should_stop: Callable[[], bool]) -> Iterator[Found]:
        """Run the graph on a clip in order, up to the last frame with a sample."""
        waiting: _Waiting = deque()
        self._start()
        for step in steps(unit):
            if isinstance(step, Missing):
                yield Found(step.frame.name, step.frame.size_px, fault=step.fault)
                continue
            if should_stop():
                self._graph.reset()
                return
            image, timestamp = step.picture.image, step.picture.timestamp_us
            self._feed(image, timestamp)
            if step.frame is not None:
                waiting.append((step.frame, timestamp, _size_fault(image, step.frame.size_px)))
            yield from self._settled(waiting)
        self._end()
        for frame, timestamp, fault in waiting:
            yield self._found(frame.name, frame.size_px, timestamp, fault)

    def _settled(self, waiting: _Waiting) -> Iterator[Found]:
        """Yield what is known of the frames fed so far, and forget older ones."""
        bound = min(self._graph.bound(name) for name in self._packets)
        while waiting and waiting[0][1] < bound:
            frame, timestamp, fault = waiting.popleft()
            yield self._found(frame.name, frame.size_px, timestamp, fault)
        needed = min([bound, *(timestamp for _, timestamp, _ in waiting)])
        for packets in self._packets.values():
            for old in [time for time in packets if time < needed]:
                del packets[old]

    def _picture(
        self, name: str, size_px: tuple[int, int], image: RgbImage, region: Any = None
    ) -> Found:
        """Run the graph on one picture alone."""
        fault = _size_fault(image, size_px)
        if not fault:
            try:
                self._start()
                self._feed(image, 0, region)
                self._end()
            except GraphflowError as error:
                fault = str(error)
                self._graph.reset()
        return self._found(name, size_px, 0, fault)

    def _start(self) -> None:
        for packets in self._packets.values():
            packets.clear()
        self._graph.start(self._side_packets, threads=INLINE)

    def _feed(self, image: RgbImage, timestamp: int, region: Any = None) -> None:
        values = {self._streams.image: image}
        if region is not None and self._streams.region is not None:
            values[self._streams.region] = region
        self._graph.feed_frame(values, timestamp)

    def _end(self) -> None:
        self._graph.close_inputs()
        self._graph.wait_until_done()

    def _found(self, name: str, size_px: tuple[int, int], timestamp: int, fault: str) -> Found:
        """Return what the graph said of a time."""
        if fault:
            return Found(name, size_px, fault=fault)
        world = self._streams.world_landmarks
        landmarks = self._packets[self._streams.landmarks].get(timestamp)
        if landmarks is not None and landmarks.shape != SHAPE:
            fault = f"the graph gave landmarks of shape {landmarks.shape}; expected {SHAPE}"
            return Found(name, size_px, fault=fault)
        return Found(
            name,
            size_px,
            landmarks,
            None if world is None else self._packets[world].get(timestamp),
        )


def _keep(packets: dict[int, Any], packet: Packet) -> None:
    packets[packet.timestamp] = packet.value


def _size_fault(image: RgbImage, size_px: tuple[int, int]) -> str:
    """Return what is wrong with a picture's size, "" where it is as the data set says."""
    height, width = image.shape[:2]
    if (width, height) == size_px:
        return ""
    return (
        f"the picture has {width}x{height} pixels; the data set says {size_px[0]}x{size_px[1]}, "
        "so its joints are elsewhere"
    )
