"""The true joints of the rendered sample clip: samples/figure.joints.json.

It has 13 of the 33 joints, in pixels and in metres. Nothing hides them that it would tell of, so
all of them count as visible. Its clip stands beside it, called as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from calculators.pose_landmark import PoseLandmark
from graphflow.evaluation.datasets.dataset import BadRow, Dataset, DatasetError
from graphflow.evaluation.datasets.json_records import located_records
from graphflow.evaluation.datasets.media_files import MediaFiles, RowFault
from graphflow.evaluation.datasets.sample_making import frame, no_joints, number, truth_of, whole
from graphflow.evaluation.samples import JOINT_COUNT, FloatArray, Sample, Truth

FORMAT: Final = "graphflow figure joints 1"

_ENDING: Final = ".joints.json"


def figure_dataset(path: Path, files: MediaFiles) -> Dataset:
    """Return the data set of a rendered clip's joints."""
    return Dataset(path, "joints of a rendered clip", partial(_read, path, files))


def _read(path: Path, files: MediaFiles) -> Iterator[Sample | BadRow]:
    head: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    frames = []
    for record in located_records(path):
        if record.key == "frames":
            frames.append((record.value, record.line))
        elif record.is_element:
            lists.setdefault(record.key, []).append(record.value)
        else:
            head[record.key] = record.value
    try:
        rows = [int(PoseLandmark[name]) for name in lists["joint_names"]]
        size = whole(head["width"], "width", 1), whole(head["height"], "height", 1)
    except (KeyError, RowFault) as error:
        raise DatasetError(f'{path}: has no good "{error.args[0]}"') from error
    for fields, line in frames:
        place = f"{path}:{line}"
        try:
            name = path.name.removesuffix(_ENDING) + ".mp4"
            source = files.find_medium([name])
            timestamp = whole(fields["timestamp_us"], "timestamp_us")
            yield frame(source, place, timestamp, size, _truth(fields["joints"], rows), {})
        except RowFault as fault:
            yield BadRow(place, str(fault))
        except (KeyError, TypeError) as error:
            yield BadRow(place, f"is no frame's record ({type(error).__name__}: {error})")


def _truth(joints: list[list[float]], rows: list[int]) -> Truth:
    if len(joints) != len(rows):
        raise RowFault(f"found {len(joints)} joints; expected {len(rows)}")
    xy_px, world_m = no_joints(2), no_joints(3)
    for row, joint in zip(rows, joints, strict=True):
        values = [number(value, "joints") for value in joint]
        if len(values) != 5:
            raise RowFault(f"found {len(values)} numbers of a joint; expected 5")
        xy_px[row], world_m[row] = values[:2], values[2:]
    return truth_of(xy_px, np.ones(JOINT_COUNT, np.bool_), None, _as_landmarks(world_m))


def _as_landmarks(world_m: FloatArray) -> FloatArray:
    """Return places as world landmarks have them: from the mid-hip, y down, z from the camera."""
    hips = world_m[[PoseLandmark.LEFT_HIP, PoseLandmark.RIGHT_HIP]].mean(axis=0)
    flipped: FloatArray = (world_m - hips) * np.array([1.0, -1.0, -1.0])
    return flipped
