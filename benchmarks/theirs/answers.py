"""MediaPipe's side of a comparison. Runs in MediaPipe's own environment, without graphflow.

    python answers.py JOBS.json     each job's answers, into its .npz

Clips are decoded with PyAV to RGB, stills with OpenCV (EXIF orientation applied), as graphflow
decodes them, so that both see the same pixels. A frame's time is its presentation time in
microseconds, rounded half to even; stills are stamped 0, 33333, ...

Profiles: `graph` is pose_landmark_cpu as published. `python` is what the Python Solutions API runs:
it hands the graph over as protobuf text, which drops option messages whose module was never
imported (heatmap kernel 9 instead of 7, mask ratio 0.0 instead of 0.7).

An answer file holds, for F frames: timestamp (F,) int64; present (F,) bool; pose_landmarks and
pose_world_landmarks (F, 33, 5) float32; roi (F, 5) float32; NaN where absent; width, height (F,);
masks: float32, the first frames' masks if asked, flattened one after another. With "stages", a
pickle of every intermediate stream besides.
"""

import importlib
import json
import os
import pickle
import sys
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "2")
import av
import cv2
import mediapipe
import numpy as np
from mediapipe.framework import calculator_pb2
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import (
    calculator_graph,
    resource_util,
    validated_graph_config,
)

ROOT = Path(mediapipe.__file__).parent
SITE = ROOT.parent
STILL_STEP_US = 33333
TENSORS = "poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation__"
TAPS = {
    "detector_input": "posedetectioncpu__input_tensors",
    "detector_tensors": "posedetectioncpu__detection_tensors",
    "landmark_input": "poselandmarkbyroicpu__input_tensors",
    "landmark_tensor": TENSORS + "landmark_tensor",
    "flag_tensor": TENSORS + "pose_flag_tensor",
    "heatmap_tensor": TENSORS + "heatmap_tensor",
    "world_tensor": TENSORS + "world_landmark_tensor",
}
STAGES = {
    "posedetectioncpu__unfiltered_detections": "detections",
    "posedetectioncpu__filtered_detections": "detections",
    "pose_detection": "detection",
    "pose_rect_from_detection": "rect",
    "pose_rect": "rect",
    TENSORS + "raw_landmarks": "landmarks",
    TENSORS + "all_landmarks": "landmarks",
    "unfiltered_pose_landmarks": "landmarks",
    "unfiltered_auxiliary_landmarks": "landmarks",
    "unfiltered_world_landmarks": "landmarks",
    "auxiliary_landmarks": "landmarks",
    "pose_rect_from_landmarks": "rect",
    "pose_landmarks": "landmarks",
    "pose_world_landmarks": "landmarks",
    "segmentation_mask": "mask",
}
ANSWERS = ("pose_landmarks", "pose_world_landmarks", "pose_rect", "segmentation_mask")


def import_every_options_module():
    """Make every option message known, or text printing drops it."""
    for file in ROOT.rglob("*_pb2.py"):
        name = ".".join(file.relative_to(SITE).with_suffix("").parts)
        try:
            importlib.import_module(name)
        except Exception:
            continue  # needs a module that the wheel does not ship; not of this graph


def build(profile, with_stages):
    """Return the expanded graph config of a profile, with taps on the tensors if asked."""
    resource_util.set_resource_dir(str(SITE))
    path = str(ROOT / "modules/pose_landmark/pose_landmark_cpu.binarypb")
    validated = validated_graph_config.ValidatedGraphConfig()
    validated.initialize(binary_graph_path=path)
    import_every_options_module()
    config = calculator_pb2.CalculatorGraphConfig()
    config.ParseFromString(validated.binary_config)
    if profile == "python":
        from mediapipe.calculators.image import segmentation_smoothing_calculator_pb2 as smoothing
        from mediapipe.calculators.util import (
            refine_landmarks_from_heatmap_calculator_pb2 as refine,
        )

        refine_options = refine.RefineLandmarksFromHeatmapCalculatorOptions.ext
        smooth_options = smoothing.SegmentationSmoothingCalculatorOptions.ext
        for node in config.node:
            if node.calculator == "RefineLandmarksFromHeatmapCalculator":
                node.options.Extensions[refine_options].kernel_size = 9
            if node.calculator == "SegmentationSmoothingCalculator":
                node.options.Extensions[smooth_options].combine_with_previous_ratio = 0.0
    if with_stages:
        for name, stream in TAPS.items():
            node = config.node.add()
            node.calculator = "TensorsToFloatsCalculator"
            node.input_stream.append("TENSORS:" + stream)
            node.output_stream.append("FLOATS:tap_" + name)
    return config


def landmarks(message):
    """Return (N, 5) of a landmark list."""
    rows = [[p.x, p.y, p.z, p.visibility, p.presence] for p in message.landmark]
    return np.array(rows, np.float32)


def detection(message):
    """Return score, box and key points of a detection in a row."""
    box = message.location_data.relative_bounding_box
    points = [[k.x, k.y] for k in message.location_data.relative_keypoints]
    flat = [*message.score, box.xmin, box.ymin, box.width, box.height, *np.ravel(points)]
    return np.array(flat, np.float32)


def rect(message):
    """Return (5,) of a rectangle."""
    values = [message.x_center, message.y_center, message.width, message.height, message.rotation]
    return np.array(values, np.float32)


READ = {
    "landmarks": lambda packet: landmarks(packet_getter.get_proto(packet)),
    "rect": lambda packet: rect(packet_getter.get_proto(packet)),
    "detection": lambda packet: detection(packet_getter.get_proto(packet)),
    "detections": lambda packet: np.array(
        [detection(each) for each in packet_getter.get_proto_list(packet)], np.float32
    ),
    "floats": lambda packet: np.array(packet_getter.get_float_list(packet), np.float32),
    "mask": lambda packet: packet_getter.get_image_frame(packet).numpy_view().copy(),
}


def frames_of(paths, are_stills):
    """Yield (time in microseconds, (H, W, 3) uint8 RGB)."""
    for index, path in enumerate(paths):
        if are_stills:
            image = cv2.imread(path, cv2.IMREAD_COLOR)
            yield index * STILL_STEP_US, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            continue
        with av.open(path) as container:
            for frame in container.decode(video=0):
                time_us = round(Fraction(frame.pts) * frame.time_base * 1_000_000)
                yield time_us, frame.to_ndarray(format="rgb24")


def run(job):
    """Yield (time, shape, answer by stream name) for each frame."""
    smooths = job["smooth"] and not job["static"]
    graph = calculator_graph.CalculatorGraph(graph_config=build(job["profile"], job["stages"]))
    kinds = dict(STAGES) if job["stages"] else {name: STAGES[name] for name in ANSWERS}
    if job["stages"]:
        kinds.update({"tap_" + name: "floats" for name in TAPS})
    got = {}
    for name in kinds:
        graph.observe_output_stream(name, got.__setitem__, False)
    graph.start_run(
        {
            "model_complexity": packet_creator.create_int(1),
            "smooth_landmarks": packet_creator.create_bool(smooths),
            "enable_segmentation": packet_creator.create_bool(job["segmentation"]),
            "smooth_segmentation": packet_creator.create_bool(smooths),
            "use_prev_landmarks": packet_creator.create_bool(not job["static"]),
        }
    )
    for count, (time_us, image) in enumerate(frames_of(job["paths"], job["stills"])):
        if job["max_frames"] and count >= job["max_frames"]:
            break
        got.clear()
        packet = packet_creator.create_image_frame(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
        )
        graph.add_packet_to_input_stream("image", packet.at(time_us))
        graph.wait_until_idle()
        answer = {name: READ[kinds[name]](p) for name, p in got.items() if not p.is_empty()}
        yield time_us, image.shape, answer
    graph.close()


def write_answers(job):
    """Run a job and write its answer file."""
    rows = list(run(job))
    if job["stages"]:
        with Path(job["stages"]).open("wb") as file:
            pickle.dump([{"timestamp": time_us, **answer} for time_us, _, answer in rows], file)

    def column(name, shape):
        absent = np.full(shape, np.nan, np.float32)
        return np.stack([answer.get(name, absent) for _, _, answer in rows])

    masks = [answer["segmentation_mask"] for *_, answer in rows if "segmentation_mask" in answer]
    masks = masks[: job["masks"]]
    np.savez(
        job["output"],
        timestamp=np.array([time_us for time_us, *_ in rows], np.int64),
        present=np.array(["pose_landmarks" in answer for *_, answer in rows]),
        pose_landmarks=column("pose_landmarks", (33, 5)),
        pose_world_landmarks=column("pose_world_landmarks", (33, 5)),
        roi=column("pose_rect", (5,)),
        width=np.array([shape[1] for _, shape, _ in rows]),
        height=np.array([shape[0] for _, shape, _ in rows]),
        masks=np.concatenate([np.ravel(mask) for mask in masks]) if masks else np.zeros(0),
    )


def main():
    """Run the jobs of a file."""
    for job in json.loads(Path(sys.argv[1]).read_text()):
        write_answers(job)


if __name__ == "__main__":
    main()
