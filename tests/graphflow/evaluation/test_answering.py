from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphflow.evaluation.answering import Answerer, Found
from graphflow.evaluation.evaluable import evaluable_graph
from graphflow.evaluation.units import ClipUnit, Frame, StillUnit, Unit
from tests.graphflow.evaluation.tiny_graphs import (
    SIZE,
    region,
    write_clip,
    write_graph,
    write_picture,
)

STEP_US = 100_000


def answerer(folder: Path, *, is_tracking: bool = True, is_given_regions: bool = False) -> Answerer:
    graph = evaluable_graph(write_graph(folder), is_given_regions=is_given_regions)
    return Answerer(graph, {}, is_tracking=is_tracking)


def still(path: Path) -> StillUnit:
    return StillUnit(path.name, path, SIZE)


def clip_unit(path: Path, *times: int) -> ClipUnit:
    return ClipUnit(path, tuple(Frame(time, f"{path.name}@{time}", SIZE) for time in times))


def place(found: Found) -> tuple[float, float, float]:
    """Return x and y in pixels, and which pose of its run it is."""
    assert found.landmarks is not None, found.fault
    x, y, count = found.landmarks[0, :3]
    return float(x * SIZE[0]), float(y * SIZE[1]), float(count)


def answers(asked: Answerer, unit: Unit) -> list[Found]:
    return list(asked.answer(unit))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    places = [(x, 2) for x in range(6)]
    return write_clip(tmp_path / "c.mkv", places, dark=frozenset({3}))


def test_each_still_is_a_run_of_its_own(tmp_path: Path) -> None:
    asked = answerer(tmp_path)
    units = [still(write_picture(tmp_path / f"{x}.png", x, 3)) for x in (1, 5)]
    found = [each for unit in units for each in answers(asked, unit)]
    assert [place(each) for each in found] == [(1, 3, 1), (5, 3, 1)]
    assert found[0].world_landmarks is not None


def test_nobody_found_is_no_fault(tmp_path: Path) -> None:
    (found,) = answers(answerer(tmp_path), still(write_picture(tmp_path / "a.png", 1, 1, 0)))
    assert (found.landmarks, found.fault) == (None, "")


def test_a_still_is_looked_at_in_the_region_given(tmp_path: Path) -> None:
    asked = answerer(tmp_path, is_given_regions=True)
    path = write_picture(tmp_path / "a.png", 1, 1)
    (found,) = answers(asked, StillUnit("a.png", path, SIZE, region(8, 6)))
    assert place(found) == (8, 6, 1)


def test_a_clip_is_tracked_in_order_and_all_frames_are_fed(tmp_path: Path, clip: Path) -> None:
    unit = clip_unit(clip, STEP_US, 3 * STEP_US, 4 * STEP_US)
    found = answers(answerer(tmp_path), unit)
    assert [each.name for each in found] == [frame.name for frame in unit.frames]
    assert place(found[0]) == (1, 2, 2)
    assert found[1].landmarks is None and not found[1].fault
    # Four poses of the run, for the dark frame gave none.
    assert place(found[2]) == (4, 2, 4)


def test_in_detection_each_frame_is_a_run_of_its_own(tmp_path: Path, clip: Path) -> None:
    found = answers(answerer(tmp_path, is_tracking=False), clip_unit(clip, STEP_US, 4 * STEP_US))
    assert [place(each) for each in found] == [(1, 2, 1), (4, 2, 1)]


@pytest.mark.parametrize("is_tracking", [True, False])
def test_times_are_rounded_and_missing_frames_told(
    tmp_path: Path, clip: Path, is_tracking: bool
) -> None:
    unit = clip_unit(clip, 50_000, STEP_US - 900, 2 * STEP_US + 900, 70 * STEP_US)
    found = answers(answerer(tmp_path, is_tracking=is_tracking), unit)
    assert [(each.name.split("@")[1], each.fault) for each in found] == [
        ("50000", "the clip has no frame at 50000 µs"),
        ("99100", ""),
        ("200900", ""),
        ("7000000", "the clip has no frame at 7000000 µs"),
    ]
    assert [place(each)[:2] for each in found[1:3]] == [(1, 2), (2, 2)]


def test_a_picture_of_another_size_than_the_data_set_says_is_not_answered(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "a.png", 1, 1)
    (found,) = answers(answerer(tmp_path), StillUnit("a.png", path, (8, 16)))
    assert found.fault.startswith("the picture has 16x8 pixels; the data set says 8x16")


def test_a_picture_that_cannot_be_read_is_told_and_the_next_is_answered(tmp_path: Path) -> None:
    asked = answerer(tmp_path)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    assert "the file is empty" in answers(asked, still(broken))[0].fault
    assert "no such file" in answers(asked, still(tmp_path / "none.png"))[0].fault
    assert place(answers(asked, still(write_picture(tmp_path / "a.png", 1, 3)))[0]) == (1, 3, 1)


def test_a_graph_that_fails_on_a_picture_answers_the_next(tmp_path: Path) -> None:
    asked = answerer(tmp_path)
    (found,) = answers(asked, still(write_picture(tmp_path / "grey.png", 1, 1, 150)))
    assert "the picture is grey" in found.fault
    assert place(answers(asked, still(write_picture(tmp_path / "a.png", 1, 3)))[0]) == (1, 3, 1)


def test_a_clip_that_cannot_be_read_gives_a_fault_for_each_frame(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video")
    found = answers(answerer(tmp_path), clip_unit(path, 0, STEP_US))
    assert [bool(each.fault) for each in found] == [True, True]


def test_it_stops_between_frames_and_can_go_on(tmp_path: Path, clip: Path) -> None:
    asked = answerer(tmp_path)
    unit = clip_unit(clip, 0, STEP_US, 2 * STEP_US)
    stops: list[Callable[[], bool]] = [lambda: True]
    assert len(list(asked.answer(unit, stops[0]))) <= 1
    assert [place(each)[2] for each in answers(asked, unit)] == [1, 2, 3]


def test_landmarks_of_another_shape_are_a_fault(tmp_path: Path) -> None:
    asked = answerer(tmp_path)
    asked._packets["landmarks"][0] = np.zeros((39, 5), np.float32)
    assert "of shape (39, 5); expected (33, 5)" in asked._found("a", SIZE, 0, "").fault
