from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphflow.evaluation.recorded import RecordedAnswers, is_recorded
from graphflow.evaluation.samples import Sample
from graphflow.evaluation.scored import answer_of
from graphflow.words.errors import UsageError

ROWS = [[index / 64, 0.5, 0.0, 0.9, 1.0] for index in range(33)]


def still(name: str) -> Sample:
    return Sample(name, "truth:1", Path(name), None, None, (8, 4))


def frame(clip: str, time: int) -> Sample:
    return Sample(f"{clip}@{time}", "truth:1", Path(clip), time, clip, (8, 4))


def write_lines(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def line(**more: object) -> dict[str, object]:
    return {"width": 8, "height": 4, "pose_landmarks": ROWS, "pose_world_landmarks": None, **more}


def write_arrays(path: Path, count: int = 2) -> Path:
    landmarks = np.broadcast_to(np.array(ROWS, np.float32), (count, 33, 5)).copy()
    landmarks[-1] = np.nan
    np.savez(
        path,
        timestamp=np.arange(count) * 33_333,
        width=np.full(count, 8),
        height=np.full(count, 4),
        present=np.arange(count) < count - 1,
        pose_landmarks=landmarks,
        pose_world_landmarks=landmarks,
        roi=np.full((count, 5), np.nan, np.float32),
    )
    return path


def test_lines_name_their_samples(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "a.jsonl",
        {"format": "graphflow evaluation answers 1"},
        line(sample="a.png"),
        line(image="b.png", pose_landmarks=None),
        line(clip="c.mp4", timestamp=40_000),
    )
    answers = RecordedAnswers(path, ())
    found = answers.find(still("a.png"))
    assert found is not None
    answer = answer_of(found)
    assert answer is not None
    assert answer.xy_px[32].tolist() == [4.0, 2.0]
    assert answer.visibility[0] == pytest.approx(0.9)
    nobody = answers.find(still("folder/b.png"))
    assert nobody is not None and answer_of(nobody) is None
    assert answers.find(frame("c.mp4", 40_000)) is not None
    assert answers.find(still("d.png")) is None


def test_a_run_belongs_to_the_clip_that_is_called_like_it_or_to_the_only_one(
    tmp_path: Path,
) -> None:
    lines = [line(timestamp=0), line(timestamp=33_333)]
    path = write_lines(tmp_path / "dance.answers.jsonl", *lines)
    answers = RecordedAnswers(path, ("walk.mp4", "dance.mp4"))
    assert answers.find(frame("dance.mp4", 33_333)) is not None
    assert answers.find(frame("walk.mp4", 33_333)) is None
    only = RecordedAnswers(write_lines(tmp_path / "other.jsonl", *lines), ("walk.mp4",))
    assert only.find(frame("walk.mp4", 33_333)) is not None


@pytest.mark.parametrize("names", ["stills.txt", "stills.graph.txt"])
def test_a_file_of_names_says_which_stills_arrays_are_of(tmp_path: Path, names: str) -> None:
    (tmp_path / names).write_text("a.png\nb.png\n\n")
    answers = RecordedAnswers(write_arrays(tmp_path / "stills.graph.npz"), ())
    found, nobody = answers.find(still("a.png")), answers.find(still("b.png"))
    assert found is not None and found.landmarks is not None and found.size_px == (8, 4)
    assert nobody is not None and nobody.landmarks is None


def test_a_missing_visibility_counts_as_visible(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", line(image="a.png", pose_landmarks=[[0.5, 0.5]] * 33))
    found = RecordedAnswers(path, ()).find(still("a.png"))
    assert found is not None
    answer = answer_of(found)
    assert answer is not None and answer.visibility.tolist() == [1.0] * 33


def test_answers_of_unknown_pictures_are_refused(tmp_path: Path) -> None:
    path = write_arrays(tmp_path / "stills.npz")
    with pytest.raises(UsageError, match=r"name the pictures, one a line, in .*stills\.txt"):
        RecordedAnswers(path, ())


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        RecordedAnswers(tmp_path / "none.npz", ())
    with pytest.raises(UsageError, match=r"a\.jsonl:1: is no record of a run"):
        RecordedAnswers(write_lines(tmp_path / "a.jsonl", {"a": 1}), ("c.mp4",))
    path = write_lines(tmp_path / "b.jsonl", line(image="a.png", pose_landmarks=[[1]]))
    with pytest.raises(UsageError, match="expected 33 rows of x, y, z, visibility, presence"):
        RecordedAnswers(path, ()).find(still("a.png"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"hello"])
def test_damaged_arrays_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="the recorded answers can't be read"):
        RecordedAnswers(path, ("c.mp4",))


def test_recordings_are_known_by_their_suffix() -> None:
    assert is_recorded("a.npz") and is_recorded("a.JSONL")
    assert not is_recorded("pose_tracking") and not is_recorded("graph.yaml")
