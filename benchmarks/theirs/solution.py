"""Landmarks of decoded frames by MediaPipe's Python API, `solutions.pose`."""

import functools
import itertools
import time

import av
import mediapipe
import numpy as np


@functools.lru_cache(maxsize=4)
def frames_of(clip, frames):
    """Decode a clip's first frames to RGB, as graphflow does."""
    with av.open(clip) as container:
        decoded = itertools.islice(container.decode(video=0), frames)
        return [frame.to_ndarray(format="rgb24") for frame in decoded]


def run(clip, frames, static, segmentation, answers, masks):
    """Time `process` on the frames but the first, in which the graph still opens.

    The answers go to the file `answers` afterwards: landmarks and world landmarks (F, 33, 4)
    float32, NaN where absent, and the masks of the frames in `masks`. (The API clears presence.)
    """
    images = frames_of(clip, frames)
    found = []
    with mediapipe.solutions.pose.Pose(
        static_image_mode=static, enable_segmentation=segmentation
    ) as pose:
        kept = {}
        for number, image in enumerate(images):
            if number == 1:
                wall, cpu = time.perf_counter(), time.process_time()
            result = pose.process(image)
            found.append((result.pose_landmarks, result.pose_world_landmarks))
            if number in masks and result.segmentation_mask is not None:
                kept[number] = result.segmentation_mask
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    np.savez(
        answers,
        landmarks=np.stack([rows(each) for each, _ in found]),
        world=np.stack([rows(each) for _, each in found]),
        **{f"mask{number}": mask for number, mask in kept.items()},
    )
    return {"wall": wall, "cpu": cpu, "frames": len(images) - 1}


def rows(message):
    """Return (33, 4) of a landmark list, NaN where there is none."""
    if message is None:
        return np.full((33, 4), np.nan, np.float32)
    return np.array([[p.x, p.y, p.z, p.visibility] for p in message.landmark], np.float32)
