"""Landmarks of decoded frames by `pose_landmark_cpu`, timed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.graphflow_side import GRAPH, PYTHON_PROFILE
from benchmarks.ours.stopwatch import Stopwatch
from calculators.media.video_reader import VideoReader
from calculators.types import RgbImage
from graphflow import Graph, Packet
from graphflow.graph import INLINE

FRAME_STEP_US: Final = 33333
"""How far apart MediaPipe's Python API stamps frames, whatever the clip says."""

ByFrame = dict[int, Any]


@lru_cache(maxsize=4)
def frames_of(clip: str, frames: int) -> list[RgbImage]:
    """Decode a clip's first frames."""
    reader = VideoReader(Path(clip))
    try:
        return [image for _, image in islice(reader, frames)]
    finally:
        reader.close()


def pose_graph(
    static: bool, segmentation: bool, threads: int | None = None, masks: Sequence[int] = ()
) -> tuple[Graph, dict[str, ByFrame]]:
    """Start the graph with what MediaPipe's Python API sets and reads.

    Returns:
        The running graph, and what each of its streams gives, by the number of the frame; of the
        masks only those of the frames in `masks`, for the other side keeps no more.
    """
    graph = Graph.load(GRAPH, parameters=PYTHON_PROFILE)
    found: dict[str, ByFrame] = {}
    for stream in ("pose_landmarks", "pose_world_landmarks"):
        found[stream] = {}
        graph.observe(stream, _collector(found[stream]))
    if segmentation:
        found["segmentation_mask"] = {}
        graph.observe("segmentation_mask", _collector(found["segmentation_mask"], masks))
    graph.start(
        {
            "use_prev_landmarks": not static,
            "smooth_landmarks": not static,
            "enable_segmentation": segmentation,
            "smooth_segmentation": not static,
        },
        threads=threads,
    )
    return graph, found


def run(
    clip: str,
    frames: int,
    static: bool,
    segmentation: bool,
    answers: str,
    masks: Sequence[int],
    waits: bool,
) -> dict[str, Any]:
    """Time the graph on the frames but the first, in which models still allocate.

    Args:
        clip: its path.
        frames: how many, at least 2.
        static: whether the detector looks at every frame.
        segmentation: whether masks are computed.
        answers: the file that the answers go to afterwards (see theirs/solution.py).
        masks: the frames whose masks go there, too.
        waits: whether each frame's answer is waited for before the next frame is added; then the
            caller's thread does the work, which it would else wait for.
    """
    images = frames_of(clip, frames)
    graph, found = pose_graph(static, segmentation, INLINE if waits else None, masks)
    graph.add_packet("image", images[0], FRAME_STEP_US)
    graph.wait_until_idle()
    watch = Stopwatch()
    for number, image in enumerate(images[1:], 2):
        graph.add_packet("image", image, number * FRAME_STEP_US)
        if waits:
            graph.wait_until_idle()
    graph.wait_until_idle()
    seconds = watch.seconds()
    graph.close_inputs()
    graph.wait_until_done()
    kept = found.get("segmentation_mask", {})
    np.savez(
        answers,
        landmarks=rows(found["pose_landmarks"], len(images)),
        world=rows(found["pose_world_landmarks"], len(images)),
        **{f"mask{number}": mask for number, mask in kept.items()},
    )
    return {**seconds, "frames": len(images) - 1}


def rows(found: ByFrame, frames: int) -> np.ndarray[Any, Any]:
    """Return (F, 33, 4) float32 of landmarks by frame, NaN where there are none."""
    absent = np.full((33, 4), np.nan, np.float32)
    return np.stack([found.get(number, absent)[:, :4] for number in range(frames)])


def _collector(found: ByFrame, wanted: Container[int] | None = None) -> Any:
    def collect(packet: Packet) -> None:
        number = packet.timestamp // FRAME_STEP_US - 1
        if wanted is None or number in wanted:
            found[number] = packet.value

    return collect
