"""`graphflow run --compare-offline`: a clip without losses, and live on a virtual clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click.testing
import numpy as np
import pytest

from calculators.types import NormalizedLandmarks, RgbImage
from graphflow import Calculator, Context, Contract, Packet, Port
from graphflow.cli import cli
from graphflow.nodes.options import NoOptions
from graphflow.nodes.registry import registry
from graphflow.nodes.resources import default_store
from graphflow.running.clock import CLOCK
from graphflow.words.errors import GraphflowError

FRAMES = 10
STEP_US = 100_000

GRAPH = """\
input_side_packet:
  - {name: "input_path", type: string, default: "clip.mp4"}
  - {name: "output_path", type: string, default: "written.txt"}
  - {name: "realtime", type: bool, default: true}
  - {name: "lively", type: int, default: 1}
output_stream: ["LANDMARKS:landmarks", "IMAGE:finished"]
node:
  - name: source
    calculator: WalkSourceCalculator
    input_side_packet: ["REALTIME:realtime"]
    output_stream: ["VIDEO:image"]
  - name: limiter
    calculator: FlowLimiterCalculator
    input_stream: ["image", "FINISHED:finished"]
    input_stream_info: [{tag_index: FINISHED, back_edge: true}]
    input_side_packet: ["MAX_IN_FLIGHT:lively"]
    output_stream: ["limited"]
  - name: pose
    calculator: WalkPoseCalculator
    input_stream: ["IMAGE:limited"]
    output_stream: ["LANDMARKS:landmarks"]
  - name: finish
    calculator: WalkFinishCalculator
    input_stream: ["IMAGE:limited", "LANDMARKS:landmarks"]
    input_side_packet: ["OUTPUT_FILE_PATH:output_path"]
    output_stream: ["IMAGE:finished"]
"""


class WalkSourceCalculator(Calculator[NoOptions]):
    """Give frames ten a second; the fifth pixel of each says which one it is."""

    contract = Contract(
        outputs=(Port("VIDEO", RgbImage),),
        side_inputs=(Port("REALTIME", bool),),
        services=(CLOCK,),
    )

    def open(self, context: Context) -> None:
        self.given = 0

    def process(self, context: Context) -> None:
        if self.given == FRAMES:
            context.stop()
            return
        clock = context.service(CLOCK)
        if context.side_inputs["REALTIME"]:
            if not self.given:
                self.origin_us = clock.now_us
            clock.sleep((self.origin_us + self.given * STEP_US - clock.now_us) / 1e6)
        image = np.full((100, 200, 3), self.given, np.uint8)
        context.outputs["VIDEO"].add(Packet(image, self.given * STEP_US))
        self.given += 1


class WalkPoseCalculator(Calculator[NoOptions]):
    """Find a pose 2 px further to the right in each frame; none in the fifth one."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage),), outputs=(Port("LANDMARKS", NormalizedLandmarks),)
    )

    def process(self, context: Context) -> None:
        number = int(context.inputs["IMAGE"].value[0, 0, 0])
        if number == 4:
            return
        landmarks = np.zeros((33, 5), np.float32)
        landmarks[:, 0], landmarks[23:25, 1] = 0.01 * number, 0.2
        context.outputs["LANDMARKS"].emit(landmarks)


class WalkFinishCalculator(Calculator[NoOptions]):
    """Pass the image; write where told to."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage), Port("LANDMARKS", NormalizedLandmarks)),
        outputs=(Port("IMAGE", RgbImage),),
        side_inputs=(Port("OUTPUT_FILE_PATH", str),),
    )

    def open(self, context: Context) -> None:
        self.path = Path(context.side_inputs["OUTPUT_FILE_PATH"])

    def process(self, context: Context) -> None:
        self.path.write_text("something", encoding="utf-8")
        context.outputs["IMAGE"].emit(context.inputs["IMAGE"].value)


@pytest.fixture(autouse=True)
def _toy_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let graphs find the nodes of this file, in its tests alone."""
    toys = {
        each.__name__: each
        for each in (
            WalkSourceCalculator,
            WalkPoseCalculator,
            WalkFinishCalculator,
        )
    }
    monkeypatch.setattr(registry, "_classes", {**registry._classes, **toys})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: the toy graph, and a clip that nobody opens."""
    (tmp_path / "walk.yaml").write_text(GRAPH, encoding="utf-8")
    (tmp_path / "clip.mp4").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def graphflow(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli, arguments)


def compare(*arguments: str) -> click.testing.Result:
    result = graphflow("run", "walk.yaml", "--realtime", "--compare-offline", *arguments)
    assert result.exit_code == 0, result.output
    return result


def costs(folder: Path, **costs_ms: float) -> str:
    path = folder / "costs.json"
    path.write_text(json.dumps({"costs_ms": costs_ms}), encoding="utf-8")
    return str(path)


def report(folder: Path, *arguments: str, **costs_ms: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        compare("--json", "--costs", costs(folder, **costs_ms), *arguments).stdout
    )
    return found


def test_what_keeps_up_drops_nothing(folder: Path) -> None:
    found = report(folder, pose=60)
    assert (found["frames"], found["results"], found["dropped"]) == (10, 10, 0)
    assert found["age_ms"] == {"median": 60, "mean": 60, "p95": 60, "max": 60}
    assert found["errors"]["of_results"]["px"]["max"] == 0
    assert (found["source_rate"], found["result_rate"]) == (10, 10)
    assert found["losses"] == found["offline_losses"] == []


def test_ages_count_from_the_time_at_which_the_first_frame_was_given(folder: Path) -> None:
    assert report(folder, source=30, pose=60)["age_ms"]["max"] == 60


def test_what_is_too_slow_drops_every_other_frame_and_says_who_did(folder: Path) -> None:
    """Frames 0, 2, 4 ... are worked on for 150 ms each, so 1, 3, 5 ... find the door shut."""
    found = report(folder, pose=100, finish=50)
    assert (found["results"], found["dropped"]) == (5, 5)
    assert found["drop_runs"] == [{"length": 1, "count": 5}]
    assert found["longest_gap_ms"] == 200
    assert found["losses"] == [
        {"node": "limiter", "stream": "image", "reason": "too many in flight", "count": 5}
    ]
    assert found["results_with_pose"] == 4  # In frame 4 there is nobody, so it is later: at 150 ms.
    assert found["age_ms"] == {"median": 100, "mean": 110, "p95": 150, "max": 150}


@pytest.mark.parametrize("calculator", ["FlowLimiterCalculator", "RealTimeFlowLimiterCalculator"])
@pytest.mark.parametrize("side", ['    input_side_packet: ["MAX_IN_FLIGHT:lively"]\n', ""])
def test_limiters_are_opened_for_the_run_without_losses(
    folder: Path, calculator: str, side: str
) -> None:
    text = GRAPH.replace("FlowLimiterCalculator", calculator)
    text = text.replace('    input_side_packet: ["MAX_IN_FLIGHT:lively"]\n', side)
    (folder / "walk.yaml").write_text(text, encoding="utf-8")
    found = report(folder, pose=100, finish=50)
    assert (found["frames"], found["frames_with_pose"], found["results"]) == (10, 9, 5)
    assert found["offline_losses"] == []


def test_errors_are_told_by_what_they_come_from(folder: Path) -> None:
    errors = report(folder, pose=100, finish=50)["errors"]
    assert errors["of_results"]["px"]["max"] == 0
    assert errors["of_results"]["frames"] == 4
    # 0 0 2 2 - 4(held: nobody) 6 6 8 8: nobody is held over frame 5.
    assert (errors["held"]["frames"], errors["held"]["missing"]) == (8, 1)
    assert errors["held"]["px"]["max"] == pytest.approx(2)
    assert errors["held"]["of_torso"]["max"] == pytest.approx(0.1)
    # Seen at 100, 300, (550), 700, 900 ms.
    assert errors["on_screen"]["px"]["max"] == pytest.approx(6)
    assert errors["on_screen"]["false"] == 1


def test_the_same_costs_give_the_same_report_byte_for_byte(folder: Path) -> None:
    measured = compare("--json", "--cost", "pose=130")
    (folder / "first.json").write_text(measured.stdout, encoding="utf-8")
    again = [compare("--json", "--costs", "first.json").stdout for _ in range(2)]
    assert again == [measured.stdout] * 2


def test_costs_are_measured_where_none_are_given() -> None:
    found = json.loads(compare("--json", "--cost", "pose=130").stdout)
    assert found["costs_ms"]["pose"] == 130
    assert found["costs_ms"]["finish"] > 0
    assert found["costs_ms"]["source"] == 0
    assert found["calls"]["pose"] == found["results"]


def test_threads_are_those_of_a_real_run(folder: Path) -> None:
    assert report(folder, "--threads", "3")["threads"] == {"": 3}


def test_nothing_is_written_and_sinks_write_elsewhere(folder: Path) -> None:
    compare()
    assert not (folder / "written.txt").exists()


def test_people_get_a_table(folder: Path) -> None:
    text = compare("--costs", costs(folder, pose=100, finish=50)).stdout.splitlines()
    threads = text.pop()
    assert threads.startswith("threads  default ")
    assert text == [
        "clip  clip.mp4: 10 frames, 10.0 a second; without losses 9 have a pose",
        "live  5 results, 5.0 a second (50%); 4 have a pose",
        "age   100.0 ms median, 150.0 for 95 %, 150.0 at most: from a frame's capture to its "
        "result",
        "lag   200.0 ms median, 300.0 for 95 %, 300.0 at most: of what is on screen, at each frame",
        "",
        "error             px mean  p95   max   torso mean  p95     max     frames  lacking",
        "of the results    0.00     0.00  0.00  0.00%       0.00%   0.00%   4       0",
        "held to the next  1.00     2.00  2.00  5.00%       10.00%  10.00%  8       1",
        "on screen         3.14     6.00  6.00  15.71%      30.00%  30.00%  7       2, 1 too many",
        "",
        "dropped  5 frames; in a row: 5 x 1; 200 ms between results at most",
        '         5 packets of stream "image" at input :0 of node "limiter": too many in flight',
        "time     pose    5 calls  100.00 ms each",
        "         finish  5 calls  50.00 ms each",
        "         the others 0.0 ms in all",
    ]


def test_quiet_says_nothing() -> None:
    assert compare("--quiet").output == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-i", "rtsp://camera/stream"], "can't be played twice; expected a file"),
        (["-i", "-"], "can't be played twice"),
        (["--cost", "pse=3"], 'no node "pse"\n  hint: did you mean "pose"?'),
        (["--cost", "pose=-3"], 'found "-3" for pose; expected milliseconds, 0 or more'),
        (["--cost", "pose=nan"], "expected milliseconds"),
        (["--cost", "pose"], 'found "pose"; expected NODE=MS'),
        (["--costs", "none.json"], "No such file"),
        (["--costs", "walk.yaml"], "is no JSON"),
        (["--trace", "trace.json"], "so --trace can't go with it"),
        (["--serve", "0", "--show"], "so --serve and --show can't go with it"),
        (["--stall-after", "3"], "so --stall-after can't go with it"),
        (["--no-drops", "--watch"], "--watch and --no-drops can't go with it"),
    ],
)
def test_what_can_not_be_compared_is_told(arguments: list[str], words: str) -> None:
    result = graphflow("run", "walk.yaml", "--compare-offline", *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_costs_of_another_kind_are_told(folder: Path) -> None:
    for text, words in (
        ("[1]", 'has no "costs_ms"'),
        ('{"costs_ms": {"pose": "long"}}', "no number of milliseconds"),
        ('{"costs_ms": {"other": 3}}', 'no node "other"'),
    ):
        (folder / "costs.json").write_text(text, encoding="utf-8")
        result = graphflow("run", "walk.yaml", "--compare-offline", "--costs", "costs.json")
        assert (result.exit_code, words in result.output) == (2, True), result.output


def test_costs_without_a_comparison_are_refused() -> None:
    result = graphflow("run", "walk.yaml", "--cost", "pose=3")
    assert (result.exit_code, "--cost goes with --compare-offline" in result.output) == (2, True)


def test_a_graph_without_landmarks_or_pace_is_told(folder: Path) -> None:
    (folder / "walk.yaml").write_text(GRAPH.replace('"LANDMARKS:landmarks", ', ""), "utf-8")
    assert "no output LANDMARKS" in graphflow("run", "walk.yaml", "--compare-offline").output
    (folder / "walk.yaml").write_text(GRAPH.replace('"realtime"', '"pace"').replace(
        "REALTIME:realtime", "REALTIME:pace"), "utf-8")  # fmt: skip
    assert 'no side packet "realtime"' in graphflow("run", "walk.yaml", "--compare-offline").output


def test_the_live_pose_graph_on_the_sample_clip(repository: Path) -> None:
    try:
        default_store().find("pose_landmark_full")
    except GraphflowError as fault:
        pytest.skip(f"needs the pose models: {fault}")
    clip = str(repository / "samples" / "figure.mp4")
    result = graphflow(
        "run", "pose_tracking_live", "-i", clip, "--max-frames", "20", "--compare-offline",
        "--json", "--cost", "landmark_model=70",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["frames"], found["frames_with_pose"]) == (20, 20)
    assert 6 <= found["results"] <= 10
    assert found["results"] + found["dropped"] == 20
    assert sum(loss["count"] for loss in found["losses"]) == found["dropped"]
    assert found["age_ms"]["median"] >= 70
    assert found["errors"]["on_screen"]["px"]["mean"] > found["errors"]["of_results"]["px"]["mean"]
