from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import record_mediapipe
from benchmarks.job import Job
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.recorded import RecordedAnswers
from tests.graphflow.evaluation.tiny_graphs import truth_line, write_clip, write_picture

JOBS: list[Job] = []


@pytest.fixture(autouse=True)
def mediapipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for MediaPipe: it finds nobody."""
    monkeypatch.chdir(tmp_path)
    JOBS.clear()

    def run(python: Path, jobs: Sequence[Job]) -> None:
        JOBS.extend(jobs)
        count = len(jobs[0].paths)
        rows = np.full((count, 33, 5), np.nan, np.float32)
        np.savez(
            jobs[0].output,
            timestamp=np.arange(count) * 33_333,
            present=np.zeros(count, np.bool_),
            pose_landmarks=rows,
            pose_world_landmarks=rows,
            roi=rows[:, 0],
            width=np.full(count, 16),
            height=np.full(count, 8),
        )

    monkeypatch.setattr(record_mediapipe, "run_mediapipe", run)
    monkeypatch.setattr(record_mediapipe, "python_with_mediapipe", lambda: Path("python"))


def test_the_pictures_of_a_data_set_are_recorded_under_their_names(tmp_path: Path) -> None:
    lines = []
    for name in ("b.png", "inner/a.png"):
        write_picture(tmp_path / name, 1, 5)
        lines.append(truth_line(name, 1, 5))
    Path("truth.jsonl").write_text("".join(lines))
    assert record_mediapipe.main(["--dataset", "truth.jsonl", "-o", "theirs.npz"]) == 0
    (job,) = JOBS
    assert (job.stills, job.static, job.profile, len(job.paths)) == (True, True, "graph", 2)
    assert Path("theirs.txt").read_text() == "b.png\ninner/a.png\n"
    answers = RecordedAnswers(Path("theirs.npz"), ())
    for sample in open_dataset("truth.jsonl").samples():
        found = answers.find(sample)
        assert found is not None and found.landmarks is None


def test_a_clip_is_tracked_unless_each_frame_is_to_be_by_itself(tmp_path: Path) -> None:
    write_clip(tmp_path / "c.mkv", [(1, 1)])
    for more in ([], ["--static", "--profile", "python"]):
        assert record_mediapipe.main(["c.mkv", "-o", "c.npz", *more]) == 0
    assert [(job.stills, job.static, job.profile) for job in JOBS] == [
        (False, False, "graph"),
        (False, True, "python"),
    ]
    assert not Path("c.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a.npz"], "name pictures or a clip"),
        (["none.png", "-o", "a.npz"], "no such file: none.png"),
        (["a.mp4", "b.mp4", "-o", "a.npz"], "clips are recorded one by one"),
        (["a.mp4", "-o", "a.csv"], "expected a name that ends in .npz"),
    ],
)
def test_what_cannot_be_recorded_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    Path("a.mp4").touch()
    Path("b.mp4").touch()
    assert record_mediapipe.main(arguments) == 1
    assert words in capsys.readouterr().err
