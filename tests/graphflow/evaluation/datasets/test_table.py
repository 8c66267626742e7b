from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graphflow.evaluation.datasets.dataset import TOLD_MAX, BadRow, DatasetError, survey
from graphflow.evaluation.datasets.opening import open_dataset
from graphflow.evaluation.samples import Sample

Picture = Callable[..., Path]


def write(folder: Path, text: str) -> Path:
    path = folder / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return path


def samples(path: Path) -> list[Sample]:
    return list(open_dataset(path).samples())


def bad(path: Path) -> list[str]:
    rows = open_dataset(path).rows()
    return [str(row).removeprefix(f"{path}:") for row in rows if isinstance(row, BadRow)]


def test_columns_of_joints_in_pixels_are_the_truth(tmp_path: Path, picture: Picture) -> None:
    picture("a.png", 8, 4)
    path = write(
        tmp_path,
        "image,nose_x_px,nose_y_px,left_hip_x_px,left_hip_y_px,left_hip_visibility,region,area_px2\n"
        "a.png,1.5,2,3,4,0.2,Asia,9\n",
    )
    (sample,) = samples(path)
    truth = sample.truth
    assert truth is not None
    assert truth.xy_px[0].tolist() == [1.5, 2.0]
    assert truth.is_labelled.sum() == 2
    assert truth.is_visible[0] and not truth.is_visible[23]
    assert truth.area_px2 == 9
    assert sample.groups == {"region": "Asia"} and sample.size_px == (8, 4)
    assert sample.place == f"{path}:2"


def test_normalised_columns_are_those_of_a_run(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(tmp_path, "image,width,height,nose_x,nose_y,nose_world_x\na.png,8,4,0.5,0.25,7\n")
    truth = samples(path)[0].truth
    assert truth is not None and truth.xy_px[0].tolist() == [4.0, 1.0]
    assert truth.world_m is not None and truth.world_m[0, 0] == 7


def test_a_row_without_joints_says_that_nobody_is_there(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    assert samples(write(tmp_path, "image,nose_x_px,nose_y_px\na.png,,\n"))[0].truth is None


def test_frames_of_clips_have_times(tmp_path: Path) -> None:
    (tmp_path / "c.mp4").write_bytes(b"")
    path = write(tmp_path, "clip,timestamp,width,height,nose_x_px,nose_y_px\nc.mp4,33367,8,4,1,2\n")
    assert [each.name for each in samples(path)] == ["c.mp4@33367"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.png,1", "2: found 2 cells; expected 3"),
        ("a.png,x,1", "2: nose_x_px: found 'x'; expected a number"),
        ("a.png,inf,1", "2: nose_x_px: found 'inf'; expected a number"),
        ("a.png,1,", "2: nose: has one coordinate; expected both or none"),
        ("b.png,1,1", '2: there is no file "b.png"'),
        (",1,1", "2: timestamp: found ''; expected a number"),
    ],
)
def test_bad_rows_are_told(tmp_path: Path, picture: Picture, row: str, words: str) -> None:
    picture("a.png")
    (reason,) = bad(write(tmp_path, f"image,nose_x_px,nose_y_px\n{row}\n\n"))
    assert reason.startswith(words)


def test_a_size_of_nothing_is_a_bad_row(tmp_path: Path, picture: Picture) -> None:
    picture("a.png")
    path = write(tmp_path, "image,width,height,nose_x_px,nose_y_px\na.png,0,4,1,1\n")
    assert bad(path) == ["2: found a size of 0x4; expected at least 1x1"]


def test_of_many_bad_rows_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    rows = "".join(f"{number}.png,1,1\n" for number in range(TOLD_MAX + 5))
    found = survey(open_dataset(write(tmp_path, f"image,nose_x_px,nose_y_px\n{rows}")))
    lines = found.bad_text().splitlines()
    assert found.bad == TOLD_MAX + 5 and len(lines) == TOLD_MAX + 1
    assert lines[-1] == "... and 5 more"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("image,nose_x_px,nose_x_px", 'truth.csv:1: column "nose_x_px" is there twice'),
        ("image,nose", "truth.csv:1: no column is a joint's"),
        ("", "truth.csv:1: no column is a joint's"),
    ],
)
def test_a_file_without_columns_of_joints_is_no_data_set(
    tmp_path: Path, head: str, words: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        samples(write(tmp_path, f"{head}\n"))
    assert words in str(caught.value)
