"""graphflow's side of the benchmarks: that it measures what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ours import stages, workers
from benchmarks.ours.frame_time import split
from benchmarks.ours.serve import WORK, answer_to
from benchmarks.servers import OURS
from calculators.flow.gate import GateCalculator
from calculators.landmark.landmark_projection import LandmarkProjectionCalculator
from calculators.landmark.refine_landmarks_from_heatmap import RefineLandmarksFromHeatmapCalculator
from calculators.tensor.inference import InferenceCalculator
from graphflow import Graph


def test_every_calculator_of_the_pose_graphs_has_a_stage() -> None:
    for name in ("pose_tracking", "pose_landmark_cpu"):
        for node in Graph.load(name).plan.nodes:
            assert stages.stage_of(node.calculator) in stages.ORDER


def test_the_closest_module_says_to_which_stage_a_calculator_belongs() -> None:
    assert stages.stage_of(RefineLandmarksFromHeatmapCalculator) == stages.DECODE_TENSORS
    assert stages.stage_of(LandmarkProjectionCalculator) == stages.REGIONS
    assert stages.stage_of(InferenceCalculator) == stages.INVOKE
    assert stages.stage_of(GateCalculator) == stages.FLOW
    with pytest.raises(KeyError):
        stages.stage_of(workers.BenchmarkHashCalculator)


def test_stages_make_up_the_wall_time_of_a_frame() -> None:
    before = {stages.CROP: 1.0}
    after = {stages.CROP: 3.0, stages.INVOKE: 6.0}
    found = split(before, after, wall=10.0, inside=5.0, frames=2)
    assert found == {stages.CROP: 1.0, stages.INVOKE: 2.5, stages.TENSORS: 0.5, stages.REST: 1.0}
    assert sum(found.values()) == 10.0 / 2


@pytest.mark.parametrize("how", ["graph", workers.BARE])
def test_hashes_are_timed(how: str) -> None:
    seconds = workers.run(packets=1, threads=2, how=how)
    assert seconds["wall"] > 0


def test_an_error_is_an_answer() -> None:
    assert answer_to({"do": "clips"})["error"].startswith("TypeError: ")
    assert answer_to({"do": "nothing"}) == {"error": "KeyError: 'nothing'"}


def test_what_can_be_asked_for_is_there(repository: Path) -> None:
    for name in WORK.values():
        assert (repository / "benchmarks" / "ours" / f"{name}.py").is_file()


def test_the_server_answers_line_by_line(repository: Path) -> None:
    requests = [{"do": "workers", "packets": 1, "threads": 1, "how": "graph"}, {"do": "nothing"}]
    run = subprocess.run(
        OURS,
        input="".join(json.dumps(each) + "\n" for each in requests),
        cwd=repository,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    answers: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    assert [set(each) for each in answers] == [{"wall", "cpu"}, {"error"}]
    assert OURS[0] == sys.executable
