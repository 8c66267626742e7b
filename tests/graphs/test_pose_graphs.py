"""The pose graphs: they load, say what each node is for, and are wired as MediaPipe's are."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from calculators.tensor import model_pool
from calculators.tensor.interpreter import Model
from graphflow import Graph
from graphflow.config.overrides import Override
from graphflow.plan import NodePlan, Plan
from graphflow.words.bundle import bundled_folder

GRAPHS = bundled_folder("graphs")
MODELS = bundled_folder("models")
NAMES = sorted(path.stem for path in GRAPHS.glob("*.yaml"))
FRAME_US = 33_333
BY_ROI = "poselandmarkbyroicpu__"
TENSORS = BY_ROI + "tensorstoposelandmarksandsegmentation__"
PROJECTION = BY_ROI + "poselandmarksandsegmentationinverseprojection__"

needs_weights = pytest.mark.usefixtures("weights")

# MediaPipe's 71 nodes after expansion, without what has no counterpart here: the choice of a
# model, the switches around filters (our filters have a side packet), the split of the tensors and
# the gate on segmentation (our inference has an output for each tensor) and FromImage. For each:
# calculator, input streams, output streams, under MediaPipe's names.
MEDIAPIPE_NODES = [
    ("ImageProperties", "image", "image_size"),
    ("PreviousLoopback", "image pose_rect_from_landmarks", "prev_pose_rect_from_landmarks"),
    ("Gate", "prev_pose_rect_from_landmarks", "gated_prev_pose_rect_from_landmarks"),
    (
        "PacketPresence",
        "gated_prev_pose_rect_from_landmarks",
        "prev_pose_rect_from_landmarks_is_present",
    ),
    (
        "Gate",
        "image image_size prev_pose_rect_from_landmarks_is_present",
        "image_for_pose_detection image_size_for_pose_detection",
    ),
    (
        "ImageToTensor",
        "image_for_pose_detection",
        "posedetectioncpu__input_tensors posedetectioncpu__letterbox_padding",
    ),
    ("SsdAnchors", "", ""),
    ("ImageProperties", "image", BY_ROI + "image_size"),
    ("Inference", "posedetectioncpu__input_tensors", "posedetectioncpu__detection_tensors"),
    (
        "TensorsToDetections",
        "posedetectioncpu__detection_tensors",
        "posedetectioncpu__unfiltered_detections",
    ),
    (
        "NonMaxSuppression",
        "posedetectioncpu__unfiltered_detections",
        "posedetectioncpu__filtered_detections",
    ),
    (
        "DetectionLetterboxRemoval",
        "posedetectioncpu__filtered_detections posedetectioncpu__letterbox_padding",
        "pose_detections",
    ),
    ("SplitDetectionVector", "pose_detections", "pose_detection"),
    (
        "AlignmentPointsRects",
        "pose_detection image_size_for_pose_detection",
        "posedetectiontoroi__raw_roi",
    ),
    (
        "RectTransformation",
        "posedetectiontoroi__raw_roi image_size_for_pose_detection",
        "pose_rect_from_detection",
    ),
    ("Merge", "pose_rect_from_detection gated_prev_pose_rect_from_landmarks", "pose_rect"),
    (
        "ImageToTensor",
        "image pose_rect",
        f"{BY_ROI}input_tensors {BY_ROI}letterbox_padding {BY_ROI}transformation_matrix",
    ),
    (
        "InverseMatrix",
        BY_ROI + "transformation_matrix",
        PROJECTION + "inverse_transformation_matrix",
    ),
    (
        "Inference",
        BY_ROI + "input_tensors",
        " ".join(
            f"{BY_ROI}{name}_tensor"
            for name in ("landmark", "pose_flag", "segmentation", "heatmap", "world_landmark")
        ),
    ),
    ("TensorsToFloats", BY_ROI + "pose_flag_tensor", TENSORS + "pose_presence_score"),
    ("Thresholding", TENSORS + "pose_presence_score", TENSORS + "pose_presence"),
    (
        "Gate",
        f"{BY_ROI}landmark_tensor {BY_ROI}world_landmark_tensor {BY_ROI}segmentation_tensor "
        f"{BY_ROI}heatmap_tensor {TENSORS}pose_presence",
        " ".join(
            f"{TENSORS}ensured_{name}_tensor"
            for name in ("landmark", "world_landmark", "segmentation", "heatmap")
        ),
    ),
    ("TensorsToLandmarks", TENSORS + "ensured_landmark_tensor", TENSORS + "raw_landmarks"),
    (
        "RefineLandmarksFromHeatmap",
        f"{TENSORS}raw_landmarks {TENSORS}ensured_heatmap_tensor",
        TENSORS + "all_landmarks",
    ),
    (
        "SplitNormalizedLandmarkList",
        TENSORS + "all_landmarks",
        f"{BY_ROI}roi_landmarks {BY_ROI}roi_auxiliary_landmarks",
    ),
    (
        "TensorsToLandmarks",
        TENSORS + "ensured_world_landmark_tensor",
        TENSORS + "all_world_landmarks",
    ),
    (
        "SplitLandmarkList",
        TENSORS + "all_world_landmarks",
        TENSORS + "world_landmarks_without_visibility",
    ),
    (
        "VisibilityCopy",
        f"{BY_ROI}roi_landmarks {TENSORS}world_landmarks_without_visibility",
        BY_ROI + "roi_world_landmarks",
    ),
    (
        "TensorsToSegmentation",
        TENSORS + "ensured_segmentation_tensor",
        BY_ROI + "roi_segmentation_mask",
    ),
    (
        "LandmarkLetterboxRemoval",
        f"{BY_ROI}roi_landmarks {BY_ROI}letterbox_padding",
        PROJECTION + "adjusted_landmarks",
    ),
    (
        "LandmarkLetterboxRemoval",
        f"{BY_ROI}roi_auxiliary_landmarks {BY_ROI}letterbox_padding",
        PROJECTION + "adjusted_auxiliary_landmarks",
    ),
    (
        "LandmarkProjection",
        PROJECTION + "adjusted_landmarks pose_rect",
        "unfiltered_pose_landmarks",
    ),
    (
        "LandmarkProjection",
        PROJECTION + "adjusted_auxiliary_landmarks pose_rect",
        "unfiltered_auxiliary_landmarks",
    ),
    (
        "LandmarksToDetection",
        "unfiltered_auxiliary_landmarks",
        "poselandmarkfiltering__aux_detection",
    ),
    (
        "AlignmentPointsRects",
        "poselandmarkfiltering__aux_detection image_size",
        "poselandmarkfiltering__roi",
    ),
    (
        "VisibilitySmoothing",
        "unfiltered_auxiliary_landmarks",
        "poselandmarkfiltering__filtered_aux_visibility",
    ),
    (
        "LandmarksSmoothing",
        "poselandmarkfiltering__filtered_aux_visibility image_size poselandmarkfiltering__roi",
        "auxiliary_landmarks",
    ),
    ("LandmarksToDetection", "auxiliary_landmarks", "poselandmarkstoroi__detection"),
    (
        "AlignmentPointsRects",
        "poselandmarkstoroi__detection image_size",
        "poselandmarkstoroi__raw_roi",
    ),
    (
        "RectTransformation",
        "poselandmarkstoroi__raw_roi image_size",
        "pose_rect_from_landmarks",
    ),
    (
        "WorldLandmarkProjection",
        BY_ROI + "roi_world_landmarks pose_rect",
        "unfiltered_world_landmarks",
    ),
    (
        "WarpAffine",
        f"{BY_ROI}roi_segmentation_mask {PROJECTION}inverse_transformation_matrix "
        f"{BY_ROI}image_size",
        "unfiltered_segmentation_mask",
    ),
    (
        "PreviousLoopback",
        "unfiltered_segmentation_mask segmentation_mask",
        "posesegmentationfiltering__prev_filtered_segmentation_mask",
    ),
    (
        "Gate",
        "posesegmentationfiltering__prev_filtered_segmentation_mask",
        "posesegmentationfiltering__gated_prev_filtered_segmentation_mask",
    ),
    (
        "SegmentationSmoothing",
        "unfiltered_segmentation_mask "
        "posesegmentationfiltering__gated_prev_filtered_segmentation_mask",
        "segmentation_mask",
    ),
    (
        "VisibilitySmoothing",
        "unfiltered_pose_landmarks",
        "poselandmarkfiltering__filtered_visibility",
    ),
    (
        "LandmarksSmoothing",
        "poselandmarkfiltering__filtered_visibility image_size poselandmarkfiltering__roi",
        "pose_landmarks",
    ),
    (
        "VisibilitySmoothing",
        "unfiltered_world_landmarks",
        "poselandmarkfiltering__filtered_world_visibility",
    ),
    (
        "LandmarksSmoothing",
        "poselandmarkfiltering__filtered_world_visibility",
        "pose_world_landmarks",
    ),
]


def load(name: str, *overrides: Override) -> Graph:
    return Graph.load(GRAPHS / f"{name}.yaml", overrides=overrides)


def wiring(plan: Plan, node: NodePlan) -> tuple[str, frozenset[str], frozenset[str]]:
    return (
        node.calculator.__name__.removesuffix("Calculator"),
        frozenset(plan.streams[each.stream].name for each in node.inputs),
        frozenset(plan.streams[each.stream].name for each in node.outputs),
    )


def node_named(graph: Graph, label: str) -> NodePlan:
    (node,) = (each for each in graph.plan.nodes if each.name.split("__")[-1] == label)
    return node


@pytest.mark.parametrize("name", NAMES)
def test_every_graph_loads(name: str) -> None:
    assert load(name).plan.nodes


@pytest.mark.parametrize("name", NAMES)
def test_every_node_says_what_it_is_for(name: str) -> None:
    lines = (GRAPHS / f"{name}.yaml").read_text("utf-8").splitlines()
    starts = [
        index for index, line in enumerate(lines) if re.match(r"  - (name|calculator): \w+$", line)
    ]
    assert starts
    for index in starts:
        assert lines[index - 1].lstrip().startswith("# "), f"line {index + 1}: {lines[index]}"


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_lies_in_the_file_of_its_type(name: str) -> None:
    found = re.search(r"^type: (\w+)$", (GRAPHS / f"{name}.yaml").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    assert found[1].lower() == name.replace("_", "")


def test_the_pose_graph_is_wired_as_mediapipes() -> None:
    plan = load("pose_landmark_cpu").plan
    found = sorted((wiring(plan, node) for node in plan.nodes), key=str)
    expected = [
        (calculator, frozenset(inputs.split()), frozenset(outputs.split()))
        for calculator, inputs, outputs in MEDIAPIPE_NODES
    ]
    assert len(found) == len(expected)
    for node in expected:
        assert node in found
        found.remove(node)


def test_the_two_loops_are_closed_by_their_loopbacks() -> None:
    plan = load("pose_landmark_cpu").plan
    back_edges = {
        (node.calculator.__name__, each.tag)
        for node in plan.nodes
        for each in node.inputs
        if each.is_back_edge
    }
    assert back_edges == {("PreviousLoopbackCalculator", "LOOP")}


@pytest.mark.parametrize("name", ["pose_landmarks", "pose_tracking"])
def test_the_loop_has_one_thread_and_the_detector_another(name: str) -> None:
    plan = Graph.load(name).plan
    models = [node for node in plan.nodes if node.calculator.__name__ == "InferenceCalculator"]
    assert all(model.releases_lock for model in models)
    threads = {model.name.split("__")[1]: plan.executors[model.executor] for model in models}
    assert {whose: (each.name, each.num_threads) for whose, each in threads.items()} == {
        "posedetectioncpu": ("detecting", 1),
        "poselandmarkbyroicpu": ("", 1),
    }


@pytest.mark.parametrize(
    ("name", "nice"),
    [
        ("pose_landmarks", {"decoding"}),
        ("pose_tracking", {"decoding", "encoding"}),
        ("pose_tracking_2020", {"decoding", "encoding"}),
    ],
)
def test_the_loop_goes_before_what_reads_and_writes(name: str, nice: set[str]) -> None:
    default, *others = Graph.load(name).plan.executors
    assert (default.name, default.num_threads, default.nice_level) == ("", 1, 0)
    assert {each.name for each in others if each.nice_level > 0} == nice


def test_the_filters_are_mediapipes() -> None:
    graph = load("pose_landmark_cpu")
    settings = {}
    for label in ("smooth_landmarks", "smooth_aux_landmarks", "smooth_world_landmarks"):
        chosen: Any = node_named(graph, label).options
        one_euro = chosen.one_euro_filter
        settings[label] = (
            one_euro.min_cutoff,
            one_euro.beta,
            one_euro.derivate_cutoff,
            one_euro.disable_value_scaling,
        )
    assert settings == {
        "smooth_landmarks": (0.05, 80.0, 1.0, False),
        "smooth_aux_landmarks": (0.01, 10.0, 1.0, False),
        "smooth_world_landmarks": (0.1, 40.0, 1.0, True),
    }


def profile_of(graph: Graph) -> tuple[int, float]:
    refine: Any = node_named(graph, "refine_landmarks").options
    smooth: Any = node_named(graph, "smooth_mask").options
    return refine.kernel_size, smooth.combine_with_previous_ratio


@pytest.mark.parametrize("name", ["pose_tracking", "pose_landmarks", "pose_landmark_cpu"])
def test_the_python_profile_is_two_parameters_away(name: str) -> None:
    parameters = {"heatmap_kernel_size": 9, "combine_with_previous_ratio": 0.0}
    assert profile_of(Graph.load(name, parameters=parameters)) == (9, 0.0)
    assert profile_of(load(name)) == (7, 0.7)


def test_graphs_agree_about_the_defaults_that_they_forward() -> None:
    read = load("tensors_to_pose_landmarks_and_segmentation").plan.nodes
    smooth = load("pose_segmentation_filtering").plan.nodes
    refine: Any = next(node.options for node in read if node.name == "refine_landmarks")
    mask: Any = next(node.options for node in smooth if node.name == "smooth_mask")
    assert (refine.kernel_size, mask.combine_with_previous_ratio) == (7, 0.7)
    by_roi: Any = node_named(load("pose_landmark_by_roi_cpu"), "refine_landmarks").options
    assert by_roi.kernel_size == 7


@pytest.mark.parametrize(
    "name", ["pose_tracking", "pose_landmarks", "pose_tracking_2020", "squat_counter"]
)
def test_a_top_graph_needs_nothing_and_keeps_few_frames(name: str) -> None:
    plan = load(name).plan
    missing = [
        side.name
        for side in plan.side_packets.values()
        if side.producer is None and side.is_required
    ]
    assert missing == []
    assert all(each.queue_limit <= 8 for node in plan.nodes for each in node.inputs)


class StandIn:
    """In the place of both pose models: sees a person wherever something is bright.

    The person always stands in the middle of the detector's image and of the landmark model's crop.
    """

    made: ClassVar[list[tuple[str, tuple[int, ...] | None]]] = []
    runs: ClassVar[list[str]] = []

    def __init__(self, path: Path, threads: int, outputs: Sequence[int] | None) -> None:
        self.is_sound = True
        self.name = path.stem
        self.outputs = None if outputs is None else tuple(outputs)
        self.made.append((self.name, self.outputs))

    def reset_variables(self) -> None:
        """It has none."""

    def invoke(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        self.runs.append(self.name)
        is_bright = bool(tensors[0].max() > 0.5)
        made = self.detect(is_bright) if self.name == "pose_detection" else self.find(is_bright)
        return made if self.outputs is None else tuple(made[index] for index in self.outputs)

    @staticmethod
    def detect(is_bright: bool) -> tuple[Any, ...]:
        boxes = np.zeros((1, 2254, 12), np.float32)
        scores = np.full((1, 2254, 1), -50.0, np.float32)
        # The hip lies at the anchor nearest the middle, the circle's point 56 px above.
        middle = (14 * 28 + 14) * 2
        boxes[0, middle, 2:8] = (20, 20, 0, 0, 0, -56)
        scores[0, middle] = 3.0 if is_bright else -50.0
        return boxes, scores

    @staticmethod
    def find(is_bright: bool) -> tuple[Any, ...]:
        landmarks = np.full((39, 5), 5.0, np.float32)
        landmarks[:, 0] = np.linspace(100, 156, 39)
        landmarks[:, 1] = np.linspace(60, 196, 39)
        # The hip lies right of the crop's middle, so that the region, and the pose with it, moves.
        landmarks[33, :2] = 132, 128
        landmarks[34, :2] = 132, 128 - 256 / 2.5
        return (
            landmarks.reshape(1, 195),
            np.array([[0.9 if is_bright else 0.1]], np.float32),
            np.full((1, 256, 256, 1), 6.0, np.float32),
            np.full((1, 64, 64, 39), -30.0, np.float32),
            np.full((1, 117), 0.1, np.float32),
        )


class AnyFile:
    """In the place of the resource store: every name is a file of that name."""

    @staticmethod
    def find(name: str) -> Path:
        return Path(name)


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    def make(path: Path, threads: int, outputs: Sequence[int] | None) -> Any:
        chosen = Model if path.stem == "test_pose_2020" else StandIn
        return chosen(path, threads, outputs)

    monkeypatch.setattr(model_pool, "Model", make)
    monkeypatch.setattr(model_pool, "default_store", AnyFile)
    monkeypatch.setattr(StandIn, "made", [])
    monkeypatch.setattr(StandIn, "runs", [])
    return StandIn


BRIGHT = np.full((96, 128, 3), 230, np.uint8)
DARK = np.full((96, 128, 3), 20, np.uint8)


def run_graph(
    graph: Graph, images: Sequence[Any], streams: Sequence[str], **side_packets: Any
) -> dict[str, list[tuple[int, Any]]]:
    """Run images through a graph; what came out, by stream, as (number of the image, payload)."""
    found: dict[str, list[tuple[int, Any]]] = {stream: [] for stream in streams}

    def observe(stream: str) -> None:
        graph.observe(
            stream,
            lambda packet: found[stream].append((packet.timestamp // FRAME_US, packet.value)),
        )

    for stream in streams:
        observe(stream)
    graph.start(side_packets, threads=0)
    for index, image in enumerate(images):
        graph.add_packet("image", image, index * FRAME_US)
    graph.close_inputs()
    graph.wait_until_done()
    return found


def numbers(packets: Sequence[tuple[int, Any]]) -> list[int]:
    return [number for number, _ in packets]


def values(packets: Sequence[tuple[int, Any]]) -> list[Any]:
    return [value for _, value in packets]


LOST_AND_FOUND = [BRIGHT, BRIGHT, DARK, BRIGHT, BRIGHT]


def test_the_detector_runs_only_after_frames_without_a_pose(stand_ins: type[StandIn]) -> None:
    streams = ("pose_detection", "pose_rect", "pose_landmarks", "pose_world_landmarks")
    found = run_graph(load("pose_landmark_cpu"), LOST_AND_FOUND, streams)
    # The dark frame is still looked at where the pose was before; only the next one is detected.
    assert numbers(found["pose_detection"]) == [0, 3]
    assert stand_ins.runs.count("pose_detection") == 2
    assert numbers(found["pose_rect"]) == [0, 1, 2, 3, 4]
    assert numbers(found["pose_landmarks"]) == [0, 1, 3, 4]
    assert numbers(found["pose_world_landmarks"]) == [0, 1, 3, 4]


def test_unrelated_pictures_are_all_detected(stand_ins: type[StandIn]) -> None:
    found = run_graph(
        load("pose_landmark_cpu"), [BRIGHT] * 3, ["pose_detection"], use_prev_landmarks=False
    )
    assert numbers(found["pose_detection"]) == [0, 1, 2]


def test_a_dark_clip_gives_nothing(stand_ins: type[StandIn]) -> None:
    found = run_graph(load("pose_landmark_cpu"), [DARK] * 2, ["pose_rect", "pose_landmarks"])
    assert found == {"pose_rect": [], "pose_landmarks": []}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("min_detection_confidence", 0.99, {"pose_detection": [], "pose_landmarks": []}),
        ("min_presence_confidence", 0.95, {"pose_detection": [0, 1], "pose_landmarks": []}),
    ],
)
def test_confidences_reach_their_nodes(
    stand_ins: type[StandIn], name: str, value: float, expected: dict[str, list[int]]
) -> None:
    found = run_graph(load("pose_landmark_cpu"), [BRIGHT] * 2, list(expected), **{name: value})
    assert {stream: numbers(packets) for stream, packets in found.items()} == expected


@pytest.mark.parametrize(
    ("is_enabled", "tensors"), [(False, (0, 1, 3, 4)), (True, (0, 1, 2, 3, 4))]
)
def test_segmentation_is_cut_out_of_the_model_unless_enabled(
    stand_ins: type[StandIn], is_enabled: bool, tensors: tuple[int, ...]
) -> None:
    found = run_graph(
        load("pose_landmark_cpu"),
        LOST_AND_FOUND,
        ["segmentation_mask"],
        enable_segmentation=is_enabled,
    )
    assert ("pose_landmark_full", tensors) in stand_ins.made
    assert numbers(found["segmentation_mask"]) == ([0, 1, 3, 4] if is_enabled else [])
    assert all(mask.shape == (96, 128) for _, mask in found["segmentation_mask"])


def test_landmarks_move_less_when_smoothed(stand_ins: type[StandIn]) -> None:
    steps = []
    for is_smoothed in (True, False):
        found = run_graph(
            load("pose_landmark_cpu"),
            [BRIGHT] * 2,
            ["pose_landmarks"],
            smooth_landmarks=is_smoothed,
        )
        first, second = values(found["pose_landmarks"])
        steps.append(float(np.abs(second[:, 0] - first[:, 0]).max()))
    assert 0 < steps[0] < 0.9 * steps[1]


def test_a_folder_gives_a_record_for_every_frame(stand_ins: type[StandIn], tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for index, image in enumerate([BRIGHT, DARK, BRIGHT]):
        cv2.imwrite(str(folder / f"{index}.png"), image)
    record, drawn = tmp_path / "pose.jsonl", tmp_path / "drawn"
    load("pose_tracking").run(
        {
            "input_path": str(folder),
            "landmarks_path": str(record),
            "output_path": f"{drawn}/",
            "static_image_mode": True,
        }
    )
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert [line["timestamp"] for line in lines] == [0, FRAME_US, 2 * FRAME_US]
    assert [line["pose_landmarks"] is not None for line in lines] == [True, False, True]
    assert len(list(drawn.iterdir())) == 3


def test_the_plain_head_tracks_by_its_own_landmarks(stand_ins: type[StandIn]) -> None:
    image = BRIGHT // 2
    cv2.ellipse(image, (64, 48), (14, 36), 0, 0, 360, (230, 210, 200), -1)
    found = run_graph(
        load("pose_landmark_plain_cpu"),
        [image] * 4,
        ["pose_landmarks", "pose_rect"],
        landmark_model_path=str(MODELS / "test_pose_2020.tflite"),
    )
    assert stand_ins.runs == ["pose_detection"]
    assert numbers(found["pose_landmarks"]) == numbers(found["pose_rect"]) == [0, 1, 2, 3]
    for _, landmarks in found["pose_landmarks"]:
        assert landmarks.shape == (33, 5)
        assert (landmarks[:, 2] == 0).all()
        assert np.isnan(landmarks[:, 4]).all()
        assert ((landmarks[:, 3] > 0.5) & (landmarks[:, 3] <= 1)).all()
    regions = [rect for _, rect in found["pose_rect"]]
    assert not np.array_equal(regions[0], regions[1])


@pytest.fixture(scope="session")
def astronaut(shared_media: Path) -> npt.NDArray[np.uint8]:
    path = shared_media / "images" / "ski_astronaut.png"
    if not path.is_file():
        pytest.skip(f"the astronaut's picture is not on this machine ({path})")
    image: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(image[..., ::-1])


STATIC = {"use_prev_landmarks": False, "smooth_landmarks": False}


@needs_weights
def test_the_astronaut_is_found_where_mediapipe_finds_her(astronaut: Any) -> None:
    """Values of MediaPipe 0.10.21 on one processor; others differ a little (XNNPACK's kernels).

    Tolerances are those measured without XNNPACK: 1e-3 for raw detections, pixels for landmarks.
    """
    packets = run_graph(
        load("pose_landmark_cpu"),
        [astronaut],
        (
            "pose_detection",
            "pose_rect_from_detection",
            TENSORS + "raw_landmarks",
            TENSORS + "pose_presence_score",
            "pose_landmarks",
            "pose_world_landmarks",
            "pose_rect_from_landmarks",
        ),
        **STATIC,
    )
    found = {stream: values(each) for stream, each in packets.items()}
    detection = found["pose_detection"][0]
    assert detection.score == pytest.approx(0.8070638, abs=1e-3)
    np.testing.assert_allclose(
        detection.keypoints[:2],
        [[0.3100179, 1.0234607], [0.4663043, 0.0555904]],
        atol=1e-3,
    )
    region = found["pose_rect_from_detection"][0]
    np.testing.assert_allclose(region[[2, 4]], [2.4510183, 0.1600927], atol=1e-3)
    assert found[TENSORS + "pose_presence_score"] == [pytest.approx(0.978688, abs=1e-4)]
    raw = found[TENSORS + "raw_landmarks"][0][0, :3] * 256
    np.testing.assert_allclose(raw, [128.52998, 46.254883, -86.7156], atol=0.05)
    landmarks_px = found["pose_landmarks"][0][:, :2] * 512
    np.testing.assert_allclose(landmarks_px[0], [222.7407, 127.9489], atol=0.1)
    np.testing.assert_allclose(landmarks_px[12], [112.1583, 239.8814], atol=0.1)
    assert found["pose_landmarks"][0][0, 3] == pytest.approx(0.9992796, abs=1e-4)
    world = found["pose_world_landmarks"][0][0, :3]
    np.testing.assert_allclose(world, [0.0613325, -0.6135191, -0.2733854], atol=1e-3)
    next_region = found["pose_rect_from_landmarks"][0]
    np.testing.assert_allclose(
        next_region[[0, 1, 2, 4]], [0.3683658, 1.0341480, 2.5016894, 0.0653518], atol=2e-3
    )


@needs_weights
def test_the_python_profile_moves_the_astronauts_shoulder(astronaut: Any) -> None:
    graph = load("pose_landmark_cpu", Override("refine_landmarks.kernel_size", 9))
    found = run_graph(graph, [astronaut], ("pose_landmarks",), **STATIC)
    shoulder_px = values(found["pose_landmarks"])[0][12, :2] * 512
    np.testing.assert_allclose(shoulder_px, [112.6613, 239.9533], atol=0.1)


@needs_weights
def test_the_mask_covers_the_person_and_changes_nothing_else(astronaut: Any) -> None:
    streams = ("segmentation_mask", "pose_landmarks")
    found, without = (
        run_graph(load("pose_landmark_cpu"), [astronaut] * 2, streams, enable_segmentation=choice)
        for choice in (True, False)
    )
    masks = values(found["segmentation_mask"])
    assert [mask.shape for mask in masks] == [(512, 512)] * 2
    assert masks[0][128, 222] > 0.9
    assert without["segmentation_mask"] == []
    # Cutting segmentation out of the model changes no bit of the rest.
    for with_mask, plain in zip(
        values(found["pose_landmarks"]), values(without["pose_landmarks"]), strict=True
    ):
        np.testing.assert_array_equal(with_mask, plain)
