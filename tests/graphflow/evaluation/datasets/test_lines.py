from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.media.landmarks_writer import encoded_record
from calculators.media.pose_record import PoseRecord
from calculators.types import ImageSize, NormalizedLandmarks, WorldLandmarks
from graphflow.evaluation.datasets.dataset import BadRow
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.samples import Sample
from graphflow.words.bundle import bundled_folder

Picture = Callable[..., Path]

ROWS = [[index / 64, 0.5, 0.0, 0.9, 1.0] for index in range(33)]


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "truth.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(text + "\n" for text in texts))
    return path


def line(**more: Any) -> dict[str, Any]:
    return {"image": "a.png", "width": 8, "height": 4, "pose_landmarks": ROWS, **more}


def samples(path: Path, images: Path | None = None) -> list[Sample]:
    return list(open_dataset(path, images).samples())


def bad(path: Path, images: Path | None = None) -> list[str]:
    rows = open_dataset(path, images).rows()
    return [str(row).removeprefix(f"{path}:") for row in rows if isinstance(row, BadRow)]


def test_normalised_landmarks_become_pixels(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    (sample,) = samples(write(tmp_path, line(light="dim", shots=3, area_px2=7)))
    assert sample.truth is not None
    assert sample.truth.xy_px[16].tolist() == [2.0, 2.0]
    assert sample.truth.is_labelled.all() and sample.truth.is_visible.all()
    assert sample.truth.area_px2 == 7
    assert sample.groups == {"light": "dim", "shots": "3"}
    assert (sample.name, sample.clip, sample.timestamp_us) == ("a.png", None, None)


def test_null_is_not_labelled_and_a_low_visibility_is_hidden(
    tmp_path: Path, picture: Picture
) -> None:
    picture("a.png")
    rows: list[Any] = [None, [None, None, 0.0, 0.9], [0.1, 0.2, 0.0, 0.4], [0.1, 0.2], *ROWS[4:]]
    truth = samples(write(tmp_path, line(pose_landmarks=rows)))[0].truth
    assert truth is not None
    assert truth.is_labelled[:4].tolist() == [False, False, True, True]
    assert truth.is_visible[:4].tolist() == [False, False, False, True]


def test_null_landmarks_say_that_nobody_is_there(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    assert samples(write(tmp_path, line(pose_landmarks=None)))[0].truth is None


def test_world_landmarks_are_truth_in_metres(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    truth = samples(write(tmp_path, line(pose_world_landmarks=ROWS)))[0].truth
    assert truth is not None and truth.world_m is not None
    assert truth.world_m[16].tolist() == [0.25, 0.5, 0.0]


def test_frames_of_clips_are_named_by_their_times(tmp_path: Path) -> None:
    (tmp_path / "c.mp4").write_bytes(b"")
    (sample,) = samples(write(tmp_path, line(image=None, clip="c.mp4", timestamp=33367)))
    assert (sample.name, sample.clip, sample.timestamp_us) == ("c.mp4@33367", "c.mp4", 33367)


def test_the_lines_of_a_run_belong_to_the_clip_that_is_named(tmp_path: Path) -> None:
    landmarks = NormalizedLandmarks(np.array(ROWS, np.float32))
    record = PoseRecord(0, 0, ImageSize(8, 4), landmarks, WorldLandmarks(landmarks))
    path = write(tmp_path, encoded_record(record).decode().rstrip("\n"))
    clip = bundled_folder("samples") / "figure.mp4"
    (sample,) = samples(path, clip)
    assert sample.source == clip and sample.name == "figure.mp4@0"


def test_the_lines_of_a_run_on_a_folder_belong_to_its_pictures_in_order(
    tmp_path: Path, picture: Picture
) -> None:
    for name in ("shots/img10.png", "shots/img2.png"):
        picture(name)
    lines = [line(image=None, timestamp=time) for time in (0, 33_333, 66_666, 5)]
    path = write(tmp_path, *lines)
    assert [each.name for each in samples(path, tmp_path / "shots")] == ["img2.png", "img10.png"]
    assert bad(path, tmp_path / "shots") == [
        "3: no picture was read at 66666 µs: there are 2, 33333 µs apart",
        "4: no picture was read at 5 µs: there are 2, 33333 µs apart",
    ]


def test_lines_of_which_nobody_says_what_was_run_are_bad_rows(tmp_path: Path) -> None:
    (reason,) = bad(write(tmp_path, line(image=None, timestamp=0)))
    assert "it can't be told what it belongs to\n  hint: give --images FILE_OR_FOLDER" in reason


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{", "1: the line is no JSON"),
        ("3", "1: found 3; expected an object"),
        ({"image": "a.png", "width": 8, "height": 4}, '1: lacks "pose_landmarks"'),
        (line(pose_landmarks=ROWS[1:]), "1: pose_landmarks: found 32 rows; expected 33"),
        (line(pose_landmarks=[["x"]] * 33), "1: pose_landmarks, row 0: found 'x'; expected a num"),
        (line(width=0), "1: width: found 0; expected a whole number from 1 on"),
        (line(height=None), "1: height: found None; expected a number"),
        (line(area_px2=-1), "1: area_px2: found -1; expected more than 0"),
        (line(image=5), "1: found 5; expected the name of a picture or clip"),
        (line(image=None, clip="c.mp4", timestamp=-1), "1: timestamp: found -1"),
    ],
)
def test_bad_lines_are_told(
    tmp_path: Path, picture: Picture, row: dict[str, Any] | str, words: str
) -> None:
    picture("a.png")
    assert bad(write(tmp_path, row))[0].startswith(words)


def test_a_last_line_that_breaks_off_is_told(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(tmp_path, line())
    path.write_text(path.read_text() + '{"image": "b.p')
    assert bad(path)[0].startswith("2: the line breaks off: the run that wrote it was stopped")


def test_without_a_size_the_picture_is_read(tmp_path: Path, picture: Picture) -> None:
    picture("a.png", 10, 20)
    (sample,) = samples(write(tmp_path, line(width=None, height=None)))
    assert sample.size_px == (10, 20)
    assert sample.truth is not None and sample.truth.xy_px[32].tolist() == [5.0, 10.0]


def test_the_sample_clip_comes_with_its_true_joints() -> None:
    dataset = open_dataset("sample")
    found = list(dataset.samples())
    assert len(found) == 165 and found[0].source.name == "figure.mp4"
    truth = found[0].truth
    assert truth is not None and truth.is_labelled.sum() == 13
    assert truth.world_m is not None
    # The nose is over the hips, and y points down; the figure's left is on the right.
    assert truth.world_m[0, 1] < -0.5 < truth.world_m[24, 0] < 0 < truth.world_m[23, 0]
