"""LandmarksSinkCalculator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calculators.media.landmarks_reader import read_landmarks
from calculators.media.landmarks_sink import LandmarksSinkCalculator
from calculators.media.written import Written
from calculators.types import ImageSize
from graphflow import Packet
from graphflow.testing import CalculatorRunner, make_read_only
from graphflow.words.errors import CalculatorError

POINTS = make_read_only(np.ones((33, 5), np.float32))
SIZES = [Packet(ImageSize(64, 48), time) for time in (0, 10, 20)]


@pytest.mark.parametrize("suffix", [".jsonl", ".npz"])
def test_every_frame_is_a_record_whether_or_not_a_body_was_found(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"pose{suffix}"
    outputs = CalculatorRunner(LandmarksSinkCalculator).run(
        {
            "IMAGE_SIZE": SIZES,
            "NORM_LANDMARKS": [Packet(POINTS, 10)],
            "WORLD_LANDMARKS": [Packet(POINTS, 10)],
            "NORM_RECT": [Packet(np.ones(5, np.float32), 10)],
        },
        side_packets={"FILE_PATH": str(path)},
    )
    found = read_landmarks(path)
    assert outputs.side["WRITTEN"] == Written(path, 3)
    assert found.timestamp.tolist() == [0, 10, 20]
    assert found.frame.tolist() == [0, 1, 2]
    assert found.present.tolist() == [False, True, False]
    np.testing.assert_array_equal(found.pose_world_landmarks[1], POINTS)
    assert np.isnan(found.roi[[0, 2]]).all() and (found.roi[1] == 1).all()


def test_landmarks_without_a_frame_are_no_record(tmp_path: Path) -> None:
    path = tmp_path / "pose.jsonl"
    CalculatorRunner(LandmarksSinkCalculator).run(
        {"IMAGE_SIZE": SIZES[:1], "NORM_LANDMARKS": [Packet(POINTS, 5)]},
        side_packets={"FILE_PATH": str(path)},
    )
    assert read_landmarks(path).timestamp.tolist() == [0]


@pytest.mark.parametrize("path", ["", None])
def test_without_a_path_nothing_is_written(path: str | None) -> None:
    outputs = CalculatorRunner(LandmarksSinkCalculator).run(
        {"IMAGE_SIZE": SIZES}, side_packets={"FILE_PATH": path}
    )
    assert outputs.side["WRITTEN"] == Written(None, 0)


def test_a_place_that_will_not_do_fails_in_open(tmp_path: Path) -> None:
    with pytest.raises(CalculatorError, match="mkdir -p") as caught:
        CalculatorRunner(LandmarksSinkCalculator).run(
            {"IMAGE_SIZE": SIZES}, side_packets={"FILE_PATH": str(tmp_path / "no/pose.jsonl")}
        )
    assert caught.value.step == "open"
