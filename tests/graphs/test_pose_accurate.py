"""pose_accurate: what PoseLandmarkCpu's parts find when they are used more than once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.kernels.mirror import (
    mirror_image,
    mirror_landmarks,
    mirror_world_landmarks,
)
from calculators.types import ImageSize, RgbImage
from graphflow import Graph, Packet
from samples.measure_truth import landmarks_to_pixels, limb_error, read_sidecar

Figure = Callable[[int], list[tuple[int, RgbImage]]]
RunGraph = Callable[..., dict[str, list[Packet]]]
GRAPH = "graphs/pose_landmark_accurate_cpu.yaml"
PAIRS = [(1, 4), (2, 5), (3, 6), (7, 8), (9, 10), *((row, row + 1) for row in range(11, 33, 2))]
STREAMS = ("pose_landmarks", "pose_world_landmarks", "pose_rect")


PLAIN, MIRRORED, NOBODY, DARK = range(4)


@pytest.fixture(scope="module")
def image(figure: Figure) -> RgbImage:
    """The sample clip's first frame."""
    ((_, first),) = figure(1)
    return first


@pytest.fixture(scope="module")
def found(
    image: RgbImage, run_graph: RunGraph, repository: Path, weights: None
) -> dict[str, dict[int, Any]]:
    """What each stream carried for four pictures, by time."""
    pictures = [image, mirror_image(image), np.zeros_like(image), (image // 12).astype(np.uint8)]
    feed = {"image": list(enumerate(pictures))}
    packets = run_graph(str(repository / GRAPH), feed, STREAMS, threads=2)
    return {
        stream: {each.timestamp: each.value for each in carried}
        for stream, carried in packets.items()
    }


def distance_px(first: Any, second: Any, image: RgbImage) -> Any:
    """Mean distance of two poses."""
    return np.hypot(*((first - second)[:, :2] * (image.shape[1], image.shape[0])).T).mean()


def test_the_figure_is_found_where_it_is(
    found: dict[str, dict[int, Any]], image: RgbImage, repository: Path
) -> None:
    sidecar = read_sidecar(repository / "samples" / "figure.joints.json")
    first = {**sidecar, "frames": sidecar["frames"][:1]}
    landmarks = found["pose_landmarks"][PLAIN]
    pixels = landmarks_to_pixels(landmarks[np.newaxis], image.shape[1], image.shape[0])
    assert limb_error(pixels, first).mean_error_over_torso < 0.04


def test_the_mirrored_picture_has_the_mirrored_pose(
    found: dict[str, dict[int, Any]], image: RgbImage
) -> None:
    poses = found["pose_landmarks"]
    size = ImageSize(image.shape[1], image.shape[0])
    unmirrored = mirror_landmarks(poses[MIRRORED], size, PAIRS)
    assert distance_px(unmirrored, poses[PLAIN], image) < 0.01 * size.height
    worlds = found["pose_world_landmarks"]
    difference_m = mirror_world_landmarks(worlds[MIRRORED], PAIRS) - worlds[PLAIN]
    assert np.abs(difference_m[:, :3]).mean() < 0.02


def test_a_picture_without_anybody_gives_nothing_and_the_next_one_is_found(
    found: dict[str, dict[int, Any]],
) -> None:
    for carried in found.values():
        assert sorted(carried) == [PLAIN, MIRRORED, DARK]


def test_a_figure_in_the_dark_is_found(found: dict[str, dict[int, Any]], image: RgbImage) -> None:
    poses = found["pose_landmarks"]
    assert distance_px(poses[DARK], poses[PLAIN], image) < 0.02 * image.shape[0]


def test_it_writes_a_picture_and_a_record(repository: Path, tmp_path: Path, weights: None) -> None:
    records = tmp_path / "pose.jsonl"
    Graph.load(str(repository / "graphs/pose_accurate.yaml")).run(
        {
            "input_path": str(repository / "samples" / "figure.mp4"),
            "output_path": str(tmp_path / "pose.mp4"),
            "landmarks_path": str(records),
            "max_frames": 1,
        }
    )
    (line,) = records.read_text("utf-8").splitlines()
    assert len(json.loads(line)["pose_landmarks"]) == 33
    assert (tmp_path / "pose.mp4").stat().st_size > 0
