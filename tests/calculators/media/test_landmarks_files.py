"""Landmarks into files and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calculators.media.faults import MediaFault
from calculators.media.landmarks_reader import Recording, read_landmarks
from calculators.media.landmarks_writer import create_landmarks, csv_columns, encoded_record
from calculators.media.pose_record import PoseRecord
from calculators.types import ImageSize, NormalizedLandmarks, NormalizedRect, WorldLandmarks
from graphflow.words.errors import UsageError

SIZE = ImageSize(640, 480)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def record(index: int) -> PoseRecord:
    """Every third frame is empty."""
    if index % 3 == 1:
        return PoseRecord(33_333 * index, index, SIZE)
    random = np.random.default_rng(index)
    points = random.standard_normal((33, 5)).astype(np.float32)
    points[2, 3:] = np.nan
    return PoseRecord(
        33_333 * index,
        index,
        SIZE,
        NormalizedLandmarks(points),
        WorldLandmarks(random.standard_normal((33, 5)).astype(np.float32)),
        NormalizedRect(random.random(5, np.float32)),
    )


def written(path: Path, count: int = 7) -> Path:
    writer = create_landmarks(path)
    for index in range(count):
        writer.write(record(index))
    result = writer.close()
    assert (result.path, result.frames) == (path, count)
    return path


def assert_holds_the_records(found: Recording, count: int = 7) -> None:
    assert len(found) == count
    for index in range(count):
        expected = record(index)
        assert found.timestamp[index] == expected.timestamp
        assert found.frame[index] == index
        assert (found.width[index], found.height[index]) == SIZE
        assert found.present[index] == (expected.pose_landmarks is not None)
        for name in ("pose_landmarks", "pose_world_landmarks", "roi"):
            value = getattr(found, name)[index]
            assert value.dtype == np.float32
            np.testing.assert_array_equal(
                value, np.nan if getattr(expected, name) is None else getattr(expected, name)
            )


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".npz"])
def test_what_is_written_reads_back_float_for_float(tmp_path: Path, suffix: str) -> None:
    assert_holds_the_records(read_landmarks(written(tmp_path / f"pose{suffix}")))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(arrays(np.float32, (33, 5), elements=FLOATS))
def test_any_float32_reads_back_as_itself(
    tmp_path: Path, points: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> None:
    path = tmp_path / "pose.jsonl"
    path.write_bytes(encoded_record(PoseRecord(0, 0, SIZE, NormalizedLandmarks(points))))
    np.testing.assert_array_equal(read_landmarks(path).pose_landmarks[0], points)


def test_a_line_is_plain_json_with_the_documented_fields() -> None:
    fields = json.loads(encoded_record(record(0)), parse_constant=pytest.fail)
    assert list(fields) == [
        *("timestamp", "frame", "width", "height"),
        *("pose_landmarks", "pose_world_landmarks", "roi"),
    ]
    assert len(fields["pose_landmarks"]) == 33
    assert all(len(row) == 5 for row in fields["pose_landmarks"])
    assert fields["pose_landmarks"][2][3] is None
    assert list(fields["roi"]) == ["x_center", "y_center", "width", "height", "rotation"]


def test_infinity_becomes_null_not_broken_json() -> None:
    points = np.full((33, 5), np.inf, np.float32)
    line = encoded_record(PoseRecord(0, 0, SIZE, NormalizedLandmarks(points)))
    assert json.loads(line, parse_constant=pytest.fail)["pose_landmarks"][0] == [None] * 5


def test_numbers_have_no_superfluous_digits() -> None:
    points = np.full((33, 5), 0.1, np.float32)
    assert b"[[0.1,0.1," in encoded_record(PoseRecord(0, 0, SIZE, NormalizedLandmarks(points)))


def test_arrays_need_not_be_contiguous() -> None:
    points = np.zeros((5, 33), np.float32).T
    assert json.loads(encoded_record(PoseRecord(0, 0, SIZE, NormalizedLandmarks(points))))


def test_a_frame_without_a_body_is_a_line_of_nulls() -> None:
    fields = json.loads(encoded_record(record(1)))
    assert (fields["pose_landmarks"], fields["pose_world_landmarks"], fields["roi"]) == (None,) * 3


def test_lines_are_on_disk_before_the_file_is_closed(tmp_path: Path) -> None:
    writer = create_landmarks(tmp_path / "pose.jsonl")
    for index in range(3):
        writer.write(record(index))
        assert len(read_landmarks(tmp_path / "pose.jsonl")) == index + 1
    writer.close()


def test_a_line_cut_off_by_a_kill_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "pose.jsonl")
    path.write_bytes(path.read_bytes()[:-20])
    assert_holds_the_records(read_landmarks(path), 6)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "pose.jsonl", 2)
    with path.open("ab") as file:
        file.write(b'{"timestamp": 5}\n')
    with pytest.raises(MediaFault, match=r"pose\.jsonl:3: is no frame's record"):
        read_landmarks(path)


def test_csv_has_one_row_a_frame_under_named_columns(tmp_path: Path) -> None:
    path = written(tmp_path / "pose.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert tuple(rows[0]) == csv_columns()
    assert {len(row) for row in rows} == {4 + 2 * 33 * 5 + 5}
    expected = record(0)
    assert expected.pose_landmarks is not None and expected.roi is not None
    assert np.float32(rows[0]["nose_y"]) == expected.pose_landmarks[0, 1]
    assert np.float32(rows[0]["roi_rotation"]) == expected.roi[4]
    assert rows[0]["left_eye_visibility"] == ""
    assert rows[1]["nose_x"] == rows[1]["right_foot_index_world_z"] == rows[1]["roi_width"] == ""


def test_the_reference_tool_files_can_be_read(tmp_path: Path) -> None:
    with np.load(written(tmp_path / "pose.npz")) as members:
        without_frame = {name: members[name] for name in members if name != "frame"}
    np.savez_compressed(tmp_path / "reference.npz", seconds=np.zeros(7), **without_frame)
    assert_holds_the_records(read_landmarks(tmp_path / "reference.npz"))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".npz"])
def test_without_records_an_older_file_stays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"pose{suffix}"
    path.write_text("older")
    result = create_landmarks(path).close()
    assert (result.path, result.frames, path.read_text()) == (None, 0, "older")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pose.json", r'found the suffix "\.json"; expected \.jsonl, \.ndjson, \.csv or \.npz'),
        ("pose", "found a name without suffix"),
        ("no/pose.csv", "mkdir -p"),
    ],
)
def test_a_place_that_will_not_do_is_told_at_once(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        create_landmarks(tmp_path / name)


@pytest.mark.parametrize("field", ["pose_landmarks", "pose_world_landmarks", "roi"])
def test_other_shapes_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: found shape"):
        PoseRecord(0, 0, SIZE, **{field: np.zeros((3, 3), np.float32)})  # type: ignore[arg-type]
