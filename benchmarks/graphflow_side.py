"""graphflow's side of a comparison: the same answers, in the same arrays, as theirs/answers.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.job import Job
from calculators.media.image_reader import STILL_STEP_US, read_image
from calculators.media.video_reader import VideoReader
from calculators.types import RgbImage
from graphflow import Graph, Packet

GRAPH: Final = "pose_landmark_cpu"

PYTHON_PROFILE: Final = {"heatmap_kernel_size": 9, "combine_with_previous_ratio": 0.0}
"""What MediaPipe's Python Solutions API really ran; the graph files hold the published values."""

_TENSORS: Final = "poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation__"

STAGES: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    # MediaPipe's stream: (ours, how to make its payload the reference's array), first to last.
    "tap_detector_input": ("posedetectioncpu__input_tensors", lambda tensors: tensors[0]),
    "posedetectioncpu__unfiltered_detections": (
        "posedetectioncpu__unfiltered_detections",
        lambda detections: _detections(detections),
    ),
    "posedetectioncpu__filtered_detections": (
        "posedetectioncpu__filtered_detections",
        lambda detections: _detections(detections),
    ),
    "pose_rect_from_detection": ("pose_rect_from_detection", np.asarray),
    "pose_rect": ("pose_rect", np.asarray),
    "tap_landmark_input": ("poselandmarkbyroicpu__input_tensors", lambda tensors: tensors[0]),
    "tap_landmark_tensor": (_TENSORS + "ensured_landmark_tensor", np.asarray),
    "tap_flag_tensor": ("poselandmarkbyroicpu__pose_flag_tensor", np.asarray),
    "tap_heatmap_tensor": (_TENSORS + "ensured_heatmap_tensor", np.asarray),
    "tap_world_tensor": (_TENSORS + "ensured_world_landmark_tensor", np.asarray),
    _TENSORS + "raw_landmarks": (_TENSORS + "raw_landmarks", np.asarray),
    _TENSORS + "all_landmarks": (_TENSORS + "all_landmarks", np.asarray),
    "unfiltered_pose_landmarks": ("unfiltered_pose_landmarks", np.asarray),
    "unfiltered_auxiliary_landmarks": ("unfiltered_auxiliary_landmarks", np.asarray),
    "unfiltered_world_landmarks": ("unfiltered_world_landmarks", np.asarray),
    "auxiliary_landmarks": ("auxiliary_landmarks", np.asarray),
    "pose_rect_from_landmarks": ("pose_rect_from_landmarks", np.asarray),
    "pose_landmarks": ("pose_landmarks", np.asarray),
    "pose_world_landmarks": ("pose_world_landmarks", np.asarray),
    "segmentation_mask": ("segmentation_mask", np.asarray),
}


def answers_of(job: Job) -> dict[str, Any]:
    """Run a job and return its answer as arrays (see theirs/answers.py)."""
    frames: list[tuple[int, tuple[int, ...]]] = []
    found: dict[str, dict[int, Any]] = {}
    wanted = ("pose_landmarks", "pose_world_landmarks", "pose_rect", "segmentation_mask")
    _run(job, {name: found.setdefault(name, {}) for name in wanted}, frames)

    def column(name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        absent = np.full(shape, np.nan, np.float32)
        return np.stack([found[name].get(time_us, absent) for time_us, _ in frames])

    masks = [found["segmentation_mask"][each] for each in sorted(found["segmentation_mask"])]
    return {
        "timestamp": np.array([time_us for time_us, _ in frames], np.int64),
        "present": np.array([time_us in found["pose_landmarks"] for time_us, _ in frames]),
        "pose_landmarks": column("pose_landmarks", (33, 5)),
        "pose_world_landmarks": column("pose_world_landmarks", (33, 5)),
        "roi": column("pose_rect", (5,)),
        "masks": np.concatenate([np.ravel(mask) for mask in masks[: job.masks]])
        if job.masks and masks
        else np.zeros(0),
    }


def stages_of(job: Job) -> list[dict[str, Any]]:
    """Run a job and return every intermediate stream, frame by frame, by MediaPipe's names."""
    frames: list[tuple[int, tuple[int, ...]]] = []
    found: dict[str, dict[int, Any]] = {ours: {} for ours, _ in STAGES.values()}
    _run(job, found, frames)
    return [
        {
            stage: read(found[ours][time_us]) if time_us in found[ours] else None
            for stage, (ours, read) in STAGES.items()
        }
        for time_us, _ in frames
    ]


def _run(job: Job, found: dict[str, dict[int, Any]], frames: list[Any]) -> None:
    """Feed a job's frames to the graph; collect payloads by time, and the frames' shapes."""
    smooth = job.smooth and not job.static
    graph = Graph.load(GRAPH, parameters=PYTHON_PROFILE if job.profile == "python" else None)
    for name, by_time in found.items():
        graph.observe(name, _collector(by_time))
    graph.start(
        {
            "use_prev_landmarks": not job.static,
            "smooth_landmarks": smooth,
            "enable_segmentation": job.segmentation,
            "smooth_segmentation": smooth,
        }
    )
    for count, (time_us, image) in enumerate(frames_of(job)):
        if job.max_frames and count >= job.max_frames:
            break
        frames.append((time_us, image.shape))
        graph.add_packet("image", image, time_us)
    graph.close_inputs()
    graph.wait_until_done()


def _collector(by_time: dict[int, Any]) -> Callable[[Packet], None]:
    def collect(packet: Packet) -> None:
        by_time[packet.timestamp] = packet.value

    return collect


def frames_of(job: Job) -> Iterator[tuple[int, RgbImage]]:
    """Yield the times and frames of a job."""
    if job.stills:
        for index, path in enumerate(job.paths):
            yield index * STILL_STEP_US, read_image(Path(path))
        return
    reader = VideoReader(job.paths[0])
    try:
        yield from reader
    finally:
        reader.close()


def _detections(detections: Any) -> np.ndarray[Any, Any]:
    """Score, box and key points of each detection, in a row."""
    count = len(detections)
    return np.concatenate(
        [
            np.reshape(detections.scores, (count, 1)),
            detections.boxes,
            np.reshape(detections.keypoints, (count, -1)),
        ],
        axis=1,
    )
