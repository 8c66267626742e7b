"""The squat counter on the sample clip, whose true count is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from calculators.media.video_reader import VideoReader
from graphflow import Graph, Packet
from graphflow.cli import cli
from samples.figure.skeleton import DURATION_S, motion_at

FRAMES_PER_SECOND = 30

Record = dict[str, float | None]


def true_counts() -> list[int]:
    """For each frame of the clip, how many squats the script of its movements has ended.

    A squat ends where its movement comes down through the half.
    """
    depths = [motion_at(at / FRAMES_PER_SECOND).squat for at in range(165)]
    ends = [before > 0.5 >= after for before, after in zip([0.0, *depths], depths, strict=False)]
    return [sum(ends[: at + 1]) for at in range(len(depths))]


@pytest.fixture(scope="module")
def records(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, weights: None
) -> list[Record]:
    folder = tmp_path_factory.mktemp("squats")
    graph = Graph.load("squat_counter")
    graph.run(
        {
            "input_path": str(repository / "samples" / "figure.mp4"),
            "output_path": str(folder / "squats.mp4"),
            "counts_path": str(folder / "counts.jsonl"),
        }
    )
    assert sum(1 for _ in VideoReader(folder / "squats.mp4")) == 165
    lines = (folder / "counts.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_script_of_the_movements_squats_twice() -> None:
    assert (DURATION_S * FRAMES_PER_SECOND, true_counts()[-1]) == (165, 2)


@pytest.mark.slow
def test_the_squats_of_the_sample_clip_are_counted(records: list[Record]) -> None:
    assert len(records) == 165
    assert records[-1]["squats"] == true_counts()[-1]


@pytest.mark.slow
def test_each_squat_counts_soon_after_it_is_over(records: list[Record]) -> None:
    found = [record["squats"] for record in records]
    for number in (1, 2):
        late = found.index(number) - true_counts().index(number)
        assert 0 <= late <= 0.5 * FRAMES_PER_SECOND


@pytest.mark.slow
def test_the_count_does_not_hang_on_the_exact_marks(repository: Path, weights: None) -> None:
    for low, high in ((112.0, 145.0), (135.0, 155.0)):
        graph = Graph.load(
            "squat_counter", parameters={"low_angle_deg": low, "high_angle_deg": high}
        )
        counts: list[Packet] = []
        graph.observe("squats", counts.append)
        clip = str(repository / "samples" / "figure.mp4")
        graph.run({"input_path": clip, "output_path": "", "counts_path": ""})
        assert counts[-1].value == 2, (low, high)


@pytest.mark.slow
def test_the_command_line_runs_it_into_csv(repository: Path, tmp_path: Path, weights: None) -> None:
    counts = tmp_path / "counts.csv"
    clip = str(repository / "samples" / "figure.mp4")
    arguments = ["run", str(repository / "graphs" / "squat_counter.yaml"), "-i", clip, "-o", ""]
    arguments += ["--side", f"counts_path={counts}", "--max-frames", "3"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    first, *rows = counts.read_text("utf-8").splitlines()
    assert (first, len(rows)) == ("timestamp,squats,knee_angle", 3)
    assert rows[0].startswith("0,0,16")
