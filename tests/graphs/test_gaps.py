"""Losing the body and finding it again: when the detector runs, and which filters start anew.

On a frame without a pose MediaPipe resets the filters of landmarks in pixels, and only those:
visibility, world landmarks and the mask go on from before the gap (they see nothing of it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from calculators.kernels.one_euro import OneEuroFilter
from calculators.kernels.segmentation import smooth_mask
from calculators.types import Mask, RgbImage
from graphflow import Graph, Packet

FIRST_GAP, AFTER_GAP, FRAMES = 3, 5, 8
ALPHA = np.float32(0.1)
MASK_RATIO = 0.7

STREAMS = (
    "pose_detection",
    "pose_rect",
    "unfiltered_pose_landmarks",
    "unfiltered_auxiliary_landmarks",
    "unfiltered_world_landmarks",
    "unfiltered_segmentation_mask",
    "pose_landmarks",
    "auxiliary_landmarks",
    "pose_world_landmarks",
    "segmentation_mask",
)

Found = dict[str, dict[int, Any]]
"""What streams carried, by the number of the frame."""


@pytest.fixture(scope="module")
def tracked(
    figure: Callable[[int], list[tuple[int, RgbImage]]], weights: None
) -> tuple[Found, dict[str, int], list[int]]:
    """Figure, grey, figure again: what came out, calls of nodes, and the frames' times."""
    frames = figure(FRAMES)
    grey = np.full_like(frames[0][1], 128)
    graph = Graph.load("pose_landmark_cpu")
    times = [time_us for time_us, _ in frames]
    found: Found = {stream: {} for stream in STREAMS}

    def observe(stream: str) -> None:
        def keep(packet: Packet) -> None:
            found[stream][times.index(packet.timestamp)] = packet.value

        graph.observe(stream, keep)

    for stream in STREAMS:
        observe(stream)
    graph.start({"enable_segmentation": True}, threads=0)
    for number, (time_us, image) in enumerate(frames):
        shown = grey if FIRST_GAP <= number < AFTER_GAP else image
        graph.add_packet("image", shown, time_us)
    calls = {each.node: each.calls for each in graph.node_times()}
    graph.close_inputs()
    graph.wait_until_done()
    return found, calls, times


Tracked = tuple[Found, dict[str, int], list[int]]
POSES = [number for number in range(FRAMES) if not FIRST_GAP <= number < AFTER_GAP]


def test_the_gap_has_no_landmarks(tracked: Tracked) -> None:
    found, _, _ = tracked
    for stream in ("pose_landmarks", "pose_world_landmarks", "segmentation_mask"):
        assert list(found[stream]) == POSES


def test_the_detector_runs_first_and_after_the_body_is_lost(tracked: Tracked) -> None:
    found, calls, _ = tracked
    # The first grey frame is looked at where the body was; the next one is searched in vain.
    searched = [0, *range(FIRST_GAP + 1, AFTER_GAP + 1)]
    assert calls["posedetectioncpu__detection_model"] == len(searched)
    assert calls["posedetectioncpu__image_to_tensor"] == len(searched)
    assert list(found["pose_detection"]) == [0, AFTER_GAP]
    assert list(found["pose_rect"]) == [*range(FIRST_GAP + 1), *range(AFTER_GAP, FRAMES)]


def test_a_static_graph_searches_every_frame(
    figure: Callable[[int], list[tuple[int, RgbImage]]], weights: None
) -> None:
    graph = Graph.load("pose_landmark_cpu")
    graph.start({"use_prev_landmarks": False, "smooth_landmarks": False}, threads=0)
    node = next(
        index
        for index, each in enumerate(graph.node_times())
        if each.node == "posedetectioncpu__detection_model"
    )
    for time_us, image in figure(3):
        graph.add_packet("image", image, time_us)
    assert graph.node_times()[node].calls == 3
    graph.close_inputs()
    graph.wait_until_done()


@pytest.mark.parametrize(
    ("unfiltered", "filtered"),
    [
        ("unfiltered_pose_landmarks", "pose_landmarks"),
        ("unfiltered_auxiliary_landmarks", "auxiliary_landmarks"),
    ],
)
def test_filters_in_pixels_start_anew(tracked: Tracked, unfiltered: str, filtered: str) -> None:
    found, _, _ = tracked
    for number in POSES:
        shown, given = found[filtered][number], found[unfiltered][number]
        # To pixels and back leaves an ulp.
        is_raw = np.allclose(shown[:, :3], given[:, :3], rtol=2e-7, atol=0)
        assert is_raw == (number in (0, AFTER_GAP))


@pytest.mark.parametrize(
    ("unfiltered", "filtered"),
    [
        ("unfiltered_pose_landmarks", "pose_landmarks"),
        ("unfiltered_auxiliary_landmarks", "auxiliary_landmarks"),
        ("unfiltered_world_landmarks", "pose_world_landmarks"),
    ],
)
def test_filters_of_visibility_go_on(tracked: Tracked, unfiltered: str, filtered: str) -> None:
    found, _, _ = tracked
    before = found[filtered][FIRST_GAP - 1][:, 3].astype(np.float64)
    given = found[unfiltered][AFTER_GAP][:, 3]
    expected = (ALPHA * given + (1.0 - np.float64(ALPHA)) * before).astype(np.float32)
    np.testing.assert_array_equal(found[filtered][AFTER_GAP][:, 3], expected)
    assert not np.array_equal(expected, given)


def test_filter_of_world_landmarks_goes_on_with_the_true_time(tracked: Tracked) -> None:
    found, _, times = tracked
    plain = OneEuroFilter(min_cutoff=0.1, beta=40.0)
    for number in POSES:
        given: npt.NDArray[np.float32] = found["unfiltered_world_landmarks"][number][:, :3]
        expected = plain.apply(given, times[number])
        np.testing.assert_array_equal(found["pose_world_landmarks"][number][:, :3], expected)
    after = found["unfiltered_world_landmarks"][AFTER_GAP][:, :3]
    assert not np.array_equal(found["pose_world_landmarks"][AFTER_GAP][:, :3], after)


def test_mask_goes_on_from_before_the_gap(tracked: Tracked) -> None:
    found, _, _ = tracked
    masks, given = found["segmentation_mask"], found["unfiltered_segmentation_mask"]
    np.testing.assert_array_equal(masks[0], given[0])
    for number, previous in zip(POSES[1:], POSES, strict=False):
        expected = smooth_mask(Mask(given[number]), Mask(masks[previous]), MASK_RATIO)
        np.testing.assert_array_equal(masks[number], expected)
