"""Each stage of the pose graph, given the reference's input, against MediaPipe's own numbers.

The numbers (stages.json; `python -m benchmarks.make_stage_numbers` writes them again) come from one
processor family. Stages without a network must meet them up to a rounding of float32. XNNPACK picks
its kernels by processor, so what follows a network has the tolerance that was measured with another
set of kernels. No stage gets its input from the stage before: errors do not add up, and the first
stage that is wrong is the one that fails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from calculators.types import Detection, ImageSize, RgbImage

SIZE = ImageSize(384, 512)
TENSORS = "tensorstoposelandmarksandsegmentation__"

# Arithmetic alone: exact with glibc's libm; a libm that rounds otherwise differs by an ulp.
ROUNDING: dict[str, Any] = {"rtol": 1.2e-7, "atol": 1.2e-7}
# After a network, with other kernels: raw detections 1e-3 of a 224 px input, landmarks 4e-4 of a
# 256 px crop, world landmarks in metres (on this clip 3e-5 without XNNPACK), the flag as a
# probability.
DETECTION_ATOL = 1e-3 / 224
LANDMARK_TENSOR_ATOL = 4e-4
WORLD_ATOL = 6e-5
FLAG_ATOL = 1e-6
# Logits and depths are larger than positions; relative to their size the error is the same.
TENSOR_RTOL = 1e-5
# Refinement is discontinuous: an error before it may move a window by a cell. The gate is on the
# projected landmarks, in pixels of the image; measured with other kernels 0.17 and 8e-5.
LANDMARKS_MAX_PX = 0.5
LANDMARKS_MEAN_PX = 0.01

Frame = dict[str, Any]


def frames() -> list[Frame]:
    path = Path(__file__).with_name("stages.json")
    rows: list[Frame] = json.loads(path.read_text("utf-8"))["frames"]
    return rows


FRAMES = frames()
DETECTED = [frame for frame in FRAMES if frame["detection"] is not None]
CONSECUTIVE = [frame for number, frame in enumerate(FRAMES) if frame["frame"] == number]


def name_of(frame: Frame) -> str:
    return f"frame {frame['frame']}"


def floats(values: Any) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


@pytest.fixture(scope="session")
def pixels(figure: Callable[[int], list[tuple[int, RgbImage]]]) -> Callable[[Frame], RgbImage]:
    """Return a function that gives a frame's pixels, if they are those the numbers belong to."""

    def pixels_of(frame: Frame) -> RgbImage:
        time_us, image = figure(max(each["frame"] for each in FRAMES) + 1)[frame["frame"]]
        assert time_us == frame["timestamp_us"]
        if hashlib.sha256(image.tobytes()).hexdigest() != frame["pixels_sha256"]:
            pytest.skip(
                f"{name_of(frame)} of the clip has other pixels than stages.json was made from: "
                "another decoder, or the clip was rendered again "
                "(then: python -m benchmarks.make_stage_numbers)"
            )
        return image

    return pixels_of


def assert_summary(
    found: npt.NDArray[np.float32], expected: Frame, *, rtol: float, atol: float
) -> None:
    """Compare an array with its size, its sum and evenly spaced values of it."""
    flat = np.ravel(found)
    assert flat.size == expected["size"]
    places = np.linspace(0, flat.size - 1, len(expected["values"])).astype(int)
    np.testing.assert_allclose(flat[places], floats(expected["values"]), rtol=rtol, atol=atol)
    per_value = (flat.sum(dtype=np.float64) - expected["sum"]) / flat.size
    assert abs(per_value) <= atol + rtol * float(np.abs(flat).mean())


@pytest.mark.parametrize("frame", DETECTED, ids=name_of)
def test_detector_sees_the_letterboxed_image(
    frame: Frame, pixels: Any, run_graph: Any, weights: None
) -> None:
    feeds = {"image": [(0, pixels(frame))]}
    (packet,) = run_graph("pose_detection_cpu", feeds, ["input_tensors"])["input_tensors"]
    assert_summary(packet.value[0], frame["detector_input"], **ROUNDING)


@pytest.mark.parametrize("frame", DETECTED, ids=name_of)
def test_detection_is_the_references(
    frame: Frame, pixels: Any, run_graph: Any, weights: None
) -> None:
    (packet,) = run_graph("pose_detection_cpu", {"image": [(0, pixels(frame))]}, ["detections"])[
        "detections"
    ]
    best = packet.value.detection(0)
    expected = floats(frame["detection"])
    assert best.score == pytest.approx(expected[0], abs=1e-3)
    found = np.concatenate([best.box, np.ravel(best.keypoints)])
    np.testing.assert_allclose(found, expected[1:], rtol=0, atol=DETECTION_ATOL)


@pytest.mark.parametrize("frame", DETECTED, ids=name_of)
def test_region_follows_from_the_detection(frame: Frame, run_graph: Any) -> None:
    row = floats(frame["detection"])
    detection = Detection(float(row[0]), row[1:5], row[5:].reshape(-1, 2))
    feeds = {"detection": [(0, detection)], "image_size": [(0, SIZE)]}
    (packet,) = run_graph("pose_detection_to_roi", feeds, ["roi"])["roi"]
    np.testing.assert_allclose(packet.value, floats(frame["roi_from_detection"]), **ROUNDING)


STREAMS_BY_ROI = (
    "input_tensors",
    "landmark_tensor",
    "pose_flag_tensor",
    "heatmap_tensor",
    "world_landmark_tensor",
    "landmarks",
    "auxiliary_landmarks",
    "world_landmarks",
    "segmentation_mask",
)


@pytest.fixture(scope="session", params=FRAMES, ids=name_of)
def by_roi(
    request: pytest.FixtureRequest, pixels: Any, run_graph: Any, weights: None
) -> tuple[Frame, dict[str, Any]]:
    """A frame's numbers, and ours: its image and the reference's region go in."""
    frame: Frame = request.param
    feeds = {"image": [(0, pixels(frame))], "roi": [(0, floats(frame["roi"]))]}
    side_packets = {"enable_segmentation": True}
    packets = run_graph("pose_landmark_by_roi_cpu", feeds, STREAMS_BY_ROI, side_packets)
    return frame, {stream: each[0].value for stream, each in packets.items()}


ByRoi = tuple[Frame, dict[str, Any]]


def test_crop_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    assert_summary(found["input_tensors"][0], frame["landmark_input"], **ROUNDING)


def test_landmark_tensor_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    np.testing.assert_allclose(
        np.ravel(found["landmark_tensor"][0]),
        floats(frame["landmark_tensor"]),
        rtol=TENSOR_RTOL,
        atol=LANDMARK_TENSOR_ATOL,
    )


def test_flag_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    flag = np.ravel(found["pose_flag_tensor"][0])
    np.testing.assert_allclose(flag, floats(frame["flag_tensor"]), rtol=0, atol=FLAG_ATOL)


def test_heatmap_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    heatmap = found["heatmap_tensor"][0]
    assert_summary(heatmap, frame["heatmap_tensor"], rtol=TENSOR_RTOL, atol=1e-3)


def test_world_tensor_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    world = found["world_landmark_tensor"][0]
    assert_summary(world, frame["world_tensor"], rtol=TENSOR_RTOL, atol=WORLD_ATOL)


@pytest.mark.parametrize("name", ["landmarks", "auxiliary"])
def test_projected_landmarks_are_the_references(by_roi: ByRoi, name: str) -> None:
    frame, found = by_roi
    stream = "auxiliary_landmarks" if name == "auxiliary" else name
    expected = floats(frame[f"unfiltered_{name}"])
    distance_px = np.hypot(*((found[stream] - expected)[:, :2] * SIZE).T)
    assert distance_px.max() <= LANDMARKS_MAX_PX
    assert distance_px.mean() <= LANDMARKS_MEAN_PX
    np.testing.assert_allclose(found[stream][:, 3:], expected[:, 3:], rtol=0, atol=1e-4)


def test_world_landmarks_are_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    expected = floats(frame["unfiltered_world"])
    np.testing.assert_allclose(found["world_landmarks"], expected, rtol=0, atol=WORLD_ATOL)


# The reference's later masks are smoothed with the ones before.
@pytest.mark.parametrize("by_roi", FRAMES[:1], indirect=True, ids=name_of)
def test_mask_is_the_references(by_roi: ByRoi) -> None:
    frame, found = by_roi
    # With other kernels a logit of the mask differs by up to 1e-2.
    assert_summary(found["segmentation_mask"], frame["mask"], rtol=0, atol=3e-3)


@pytest.fixture(scope="session")
def filtered(run_graph: Any) -> dict[str, Any]:
    """The reference's unfiltered landmarks of consecutive frames, through our filters."""

    def feed(name: str) -> list[tuple[int, Any]]:
        return [(frame["timestamp_us"], floats(frame[name])) for frame in CONSECUTIVE]

    feeds = {
        "image_size": [(frame["timestamp_us"], SIZE) for frame in CONSECUTIVE],
        "landmarks": feed("unfiltered_landmarks"),
        "aux_landmarks": feed("unfiltered_auxiliary"),
        "world_landmarks": feed("unfiltered_world"),
    }
    streams = ["filtered_landmarks", "filtered_aux_landmarks", "filtered_world_landmarks"]
    found: dict[str, Any] = run_graph("pose_landmark_filtering", feeds, streams, {"enable": True})
    return found


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("filtered_landmarks", "landmarks"),
        ("filtered_aux_landmarks", "auxiliary"),
        ("filtered_world_landmarks", "world"),
    ],
)
def test_filtered_landmarks_are_the_references(
    filtered: dict[str, Any], stream: str, name: str
) -> None:
    assert len(filtered[stream]) == len(CONSECUTIVE) >= 3
    for packet, frame in zip(filtered[stream], CONSECUTIVE, strict=True):
        np.testing.assert_allclose(packet.value, floats(frame[name]), **ROUNDING)


@pytest.mark.parametrize("frame", FRAMES, ids=name_of)
def test_next_region_follows_from_the_auxiliary_landmarks(frame: Frame, run_graph: Any) -> None:
    feeds = {"landmarks": [(0, floats(frame["auxiliary"]))], "image_size": [(0, SIZE)]}
    (packet,) = run_graph("pose_landmarks_to_roi", feeds, ["roi"])["roi"]
    np.testing.assert_allclose(packet.value, floats(frame["next_roi"]), **ROUNDING)
