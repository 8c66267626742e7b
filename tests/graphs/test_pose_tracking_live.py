"""pose_tracking_live: the tracking itself, with the real models, on a virtual clock."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle

from calculators.live.landmarks_osc import NAMES
from calculators.media.video_reader import VideoReader
from graphflow import Graph
from graphflow.testing.timed_simulation import TimedRun, simulate_timed

pytestmark = pytest.mark.usefixtures("weights")

FRAMES = 12
MODEL = "poselandmarkcpu__poselandmarkbyroicpu__landmark_model"
FRAME_US = 33_333
LANDMARKS = "pose_landmarks"


def play(repository: Path, model_us: int, **side_packets: Any) -> TimedRun:
    run = simulate_timed(
        Graph.load("pose_tracking_live"),
        durations={MODEL: model_us},
        workers=2,
        side_packets={
            "input_path": str(repository / "samples" / "figure.mp4"),
            "max_frames": FRAMES,
            **side_packets,
        },
        observe=[
            LANDMARKS,
            "pose_world_landmarks",
            "result_age",
            "image_with_pose",
            "is_frame_taken",
        ],
    )
    assert run.error is None
    return run


def test_what_it_manages_it_tracks_as_the_offline_graph_does(repository: Path) -> None:
    run = play(repository, 20_000)
    offline: list[Any] = []
    graph = Graph.load("pose_tracking")
    graph.observe(LANDMARKS, lambda packet: offline.append(packet.value))
    clip = str(repository / "samples" / "figure.mp4")
    graph.run({"input_path": clip, "max_frames": FRAMES, "output_path": "", "landmarks_path": ""})
    assert len(run.packets[LANDMARKS]) == FRAMES
    np.testing.assert_array_equal(run.values(LANDMARKS), offline)
    assert set(run.values("result_age")) == {20_000}
    assert run.ledger.losses == ()


def test_what_it_does_not_manage_it_leaves_out_and_goes_on(repository: Path) -> None:
    run = play(repository, 2 * FRAME_US)
    taken = [each.timestamp for each in run.packets["is_frame_taken"] if each.value]
    assert run.timestamps(LANDMARKS) == run.timestamps("image_with_pose") == taken
    assert run.timestamps("result_age") == taken
    (loss,) = run.ledger.losses
    assert (loss.node, loss.count) == ("limiter", FRAMES - len(taken))
    assert FRAMES / 2 <= len(taken) < FRAMES


def test_files_hold_results_at_the_times_of_their_frames(repository: Path, tmp_path: Path) -> None:
    video, lines = tmp_path / "tracked.mp4", tmp_path / "pose.jsonl"
    run = play(repository, 2 * FRAME_US, output_path=str(video), landmarks_path=str(lines))
    times = run.timestamps("result_age")
    assert [json.loads(line)["timestamp"] for line in lines.read_text().splitlines()] == times
    reader = VideoReader(video)
    written = [frame.timestamp_us for frame in reader]
    reader.close()
    assert len(set(np.diff(times))) > 1, "frames were left out at even distances"
    np.testing.assert_allclose(written, times, atol=100)


def test_another_program_gets_the_landmarks_of_every_result(repository: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        run = play(repository, 20_000, osc_target=str(listener.getsockname()[1]))
        found: dict[str, list[list[float]]] = {}
        while len(found.get("/pose/present", ())) < FRAMES:
            for each in OscBundle(listener.recv(65536)):
                found.setdefault(each.address, []).append(list(each.params))
    for output, prefix in ((LANDMARKS, "/pose"), ("pose_world_landmarks", "/pose/world")):
        sent = [found[f"{prefix}/{name}"] for name in NAMES]
        np.testing.assert_array_equal(np.array(sent, np.float32).swapaxes(0, 1), run.values(output))


@pytest.mark.parametrize("name", ["output_path", "landmarks_path", "events_path", "osc_target"])
def test_nothing_is_written_unless_it_is_asked_for(name: str) -> None:
    assert Graph.load("pose_tracking_live").plan.side_packets[name].default == ""
