"""What the parts conclude from two sides' answers; not how long these take."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.figures import Figure
from benchmarks.parts.frame_time import table
from benchmarks.parts.installed_size import figure_of, listed
from benchmarks.parts.landmarks import Equality, mask_difference, unequal_floats
from benchmarks.parts.memory import SETTLED, figures_of, marks_for
from benchmarks.parts.whole_job import check_landmarks, check_videos


def answer(poses: int = 2, **masks: Any) -> dict[str, Any]:
    landmarks = np.full((3, 33, 4), np.nan, np.float32)
    landmarks[:poses] = 0.5
    return {"landmarks": landmarks, "world": landmarks.copy(), **masks}


def pictures(*levels: int) -> list[np.ndarray[Any, Any]]:
    return [np.full((4, 4), level, np.uint8) for level in levels]


def test_one_differing_float_is_enough_to_fail() -> None:
    equality = Equality()
    equality.add(answer(), answer())
    assert equality.is_held
    assert equality.poses == 2
    other = answer()
    other["world"][1, 7, 2] = np.nextafter(np.float32(0.5), np.float32(1))
    equality.add(answer(), other)
    assert not equality.is_held
    assert equality.as_check("tracking").found == "1 of the floats of 4 poses differ"


def test_a_pose_on_one_side_alone_differs() -> None:
    equality = Equality()
    equality.add(answer(poses=1), answer(poses=2))
    assert equality.floats_unequal == 2 * 33 * 4
    assert unequal_floats(np.zeros((2, 3)), np.zeros((3, 3))) == 9


def test_nothing_to_compare_is_no_equality() -> None:
    equality = Equality()
    equality.add(answer(poses=0), answer(poses=0))
    assert not equality.is_held


def test_masks_may_differ_by_less_than_anybody_sees() -> None:
    mask = np.full((4, 5, 1), 0.5, np.float32)
    equality = Equality()
    equality.add(answer(mask5=mask), answer(mask5=mask[..., 0] + np.float32(1e-7)))
    assert equality.is_held
    equality.add(answer(mask5=mask), answer())
    assert not equality.is_held
    assert mask_difference(mask, mask[:2]) == float("inf")


def test_landmarks_of_the_whole_job_are_compared_in_pixels() -> None:
    ours = np.full((2, 33, 2), 100.0)
    assert check_landmarks(ours, ours + np.array([15.0, 0.0])).is_held
    assert not check_landmarks(ours, ours + np.array([15.1, 0.0])).is_held
    assert not check_landmarks(ours, ours[:1]).is_held
    lost = ours.copy()
    lost[1] = np.nan
    assert "poses in the same frames but 1;" in check_landmarks(ours, lost).found
    assert check_landmarks(lost[1:], lost[1:]).found == "there is no pose to compare"


def test_videos_are_compared_picture_by_picture() -> None:
    assert check_videos(iter(pictures(10, 20)), iter(pictures(14, 16))).is_held
    assert not check_videos(iter(pictures(10, 20)), iter(pictures(14, 15))).is_held
    short = check_videos(iter(pictures(10, 20)), iter(pictures(10)))
    assert (short.is_held, short.found) == (False, "they are alike for 1 frames only")
    assert not check_videos(iter([]), iter([])).is_held


def test_memory_grows_from_when_the_buffers_have_their_size() -> None:
    def run(first: float, last: float, late_seconds: float) -> dict[str, Any]:
        walls = [5.0, 15.0, 95.0, 95.0 + late_seconds]
        seconds = [{"wall": wall, "cpu": 2 * wall} for wall in walls]
        return {"peaks": [first, last, last, last], "seconds": seconds}

    marks = marks_for(10_000)
    assert marks == [SETTLED, SETTLED + 1_000, SETTLED + 9_000, SETTLED + 10_000]
    ours, theirs = run(200e6, 203e6, 12.0), run(250e6, 290e6, 10.0)
    peak, growth, their_growth, late = figures_of(ours, theirs, marks, marks_for(1_500))
    assert peak.value.median == pytest.approx(0.7)
    assert growth.name == "growth over 10,000 frames"
    assert growth.value.median == pytest.approx(3.0)
    assert peak.is_met
    assert growth.is_met
    assert their_growth.value.median == pytest.approx(40.0)
    assert late.value.median == pytest.approx(1.2)
    assert late.ours is not None
    assert late.ours.wall.median == pytest.approx(12.0)


def test_sizes_are_summed_and_the_largest_are_named() -> None:
    figure: Figure = figure_of({"a": 3_000_000, "b": 1_000_000}, {"c": 16_000_000})
    assert (figure.value.median, figure.is_met) == (0.25, True)
    assert listed({"a": 3_000_000, "b": 9_000_000}) == "b 9 MB, a 3 MB"


def test_stages_are_medians_of_the_turns_that_count() -> None:
    runs = [{"crop": 9.0}, {"crop": 0.001}, {"crop": 0.002}, {"crop": 0.003, "draw": 0.001}]
    stages = table({"job": runs}, skipped=1)
    assert [(stage.name, stage.milliseconds["job"]) for stage in stages] == [
        ("crop", 2.0),
        ("draw", 0.0),
    ]


def test_what_a_package_needs_is_counted_and_nothing_else(repository: Path) -> None:
    sizes_of = runpy.run_path(str(repository / "benchmarks/theirs/installed_size.py"))["sizes_of"]
    sizes = sizes_of("rich")
    assert set(sizes) == {"rich", "markdown-it-py", "mdurl", "pygments"}
    assert all(size > 10_000 for size in sizes.values())
