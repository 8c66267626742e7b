"""CSV: a picture or frame a row, with a row of column names first.

Columns: `image`, the name of a picture, or `clip` and `timestamp` (microseconds); `width` and
`height` of the picture (where they are missing, it is read for them); for each joint that is known,
in lower case, `nose_x_px` and `nose_y_px` in pixels, or `nose_x` and `nose_y` normalised to the
picture, as a run's CSV has them; `nose_visibility`, from 0 to 1: under 0.5 the joint is hidden, and
empty means seen; `nose_world_x`, `_y`, `_z` in metres; `area_px2`, of the person. A joint without
numbers is not labelled; a row without any joint says that nobody is there. Every other column is
one to group by.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from graphflow.evaluation.datasets.dataset import BadRow, Dataset, DatasetError
from graphflow.evaluation.datasets.lines import CLIP_SUFFIXES
from graphflow.evaluation.datasets.media_files import MediaFiles, RowFault, pictures_of
from graphflow.evaluation.datasets.sample_making import (
    NUMBER_MAX,
    brief,
    frame,
    is_seen,
    no_joints,
    still,
    truth_of,
)
from graphflow.evaluation.samples import JOINTS, FloatArray, Sample, Truth
from graphflow.words.diagnostics import suggestion

_JOINT_NAMES: Final = tuple(name.lower() for name in JOINTS)
_FIELDS: Final = (
    *("x", "y", "z", "x_px", "y_px", "visibility", "presence"),
    *(f"world_{each}" for each in ("x", "y", "z", "visibility", "presence")),
)
_OF_JOINTS: Final = frozenset(f"{name}_{each}" for name in _JOINT_NAMES for each in _FIELDS)
_TAKEN: Final = frozenset(
    {
        *("image", "clip", "timestamp", "frame", "width", "height", "area_px2"),
        *(f"roi_{each}" for each in ("x_center", "y_center", "width", "height", "rotation")),
        *_OF_JOINTS,
    }
)


def table_dataset(path: Path, files: MediaFiles) -> Dataset:
    """Return the data set of a CSV file."""
    return Dataset(path, "CSV", partial(_read, path, files))


def _read(path: Path, files: MediaFiles) -> Iterator[Sample | BadRow]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        try:
            columns = [name.strip() for name in next(rows, [])]
            _check_columns(columns, path)
            for cells in rows:
                place = f"{path}:{rows.line_num}"
                if not any(cells):
                    continue
                try:
                    yield _sample(_row(columns, cells), place, path, files)
                except RowFault as fault:
                    yield BadRow(place, str(fault))
        except (csv.Error, UnicodeDecodeError) as error:
            raise DatasetError(f"{path}:{rows.line_num + 1}: can't be read: {error}") from error


def _check_columns(columns: Sequence[str], path: Path) -> None:
    if len(set(columns)) < len(columns):
        double = next(name for name in columns if columns.count(name) > 1)
        raise DatasetError(f'{path}:1: column "{double}" is there twice')
    joints = sorted(_OF_JOINTS & set(columns))
    if not joints:
        hint = suggestion("nose_x_px", columns) or "for example nose_x_px and nose_y_px"
        raise DatasetError(f"{path}:1: no column is a joint's\n  hint: {hint}")


def _row(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise RowFault(f"found {len(cells)} cells; expected {len(columns)}, as there are columns")
    return {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}


def _sample(row: Mapping[str, str], place: str, path: Path, files: MediaFiles) -> Sample:
    groups = {name: cell for name, cell in row.items() if name not in _TAKEN and cell}
    image, clip = row.get("image", ""), row.get("clip", "")
    if image:
        source = files.find(image)
        size = _size(row) or files.size_px(source)
        return still(files, place, image, size, _truth(row, size), groups)
    timestamp = int(_number(row.get("timestamp", ""), "timestamp"))
    if clip:
        source = files.find(clip)
    else:
        source = files.find_medium([path.stem + suffix for suffix in CLIP_SUFFIXES])
        if pictures_of(source) is not None:
            raise RowFault('names no "image"; rows of pictures must')
    size = _size(row) or files.size_px(source)
    return frame(source, place, timestamp, size, _truth(row, size), groups)


def _size(row: Mapping[str, str]) -> tuple[int, int] | None:
    if not row.get("width") and not row.get("height"):
        return None
    width, height = (int(_number(row.get(each, ""), each)) for each in ("width", "height"))
    if min(width, height) < 1:
        raise RowFault(f"found a size of {width}x{height}; expected at least 1x1")
    return width, height


def _truth(row: Mapping[str, str], size_px: tuple[int, int]) -> Truth | None:
    in_pixels = _columns(row, ("x_px", "y_px"))
    normalised = _columns(row, ("x", "y")) * np.array(size_px, np.float64)
    xy_px = np.where(np.isnan(in_pixels), normalised, in_pixels)
    if np.isnan(xy_px).all():
        return None
    for name, (x, y) in zip(_JOINT_NAMES, xy_px, strict=True):
        if math.isnan(x) != math.isnan(y):
            raise RowFault(f"{name}: has one coordinate; expected both or none")
    area = row.get("area_px2", "")
    return truth_of(
        xy_px,
        is_seen(_columns(row, ("visibility",))[:, 0]),
        _number(area, "area_px2") if area else None,
        _columns(row, ("world_x", "world_y", "world_z")),
    )


def _columns(row: Mapping[str, str], fields: Sequence[str]) -> FloatArray:
    """Return what the row says of each joint's fields, NaN where nothing."""
    values = no_joints(len(fields))
    for index, name in enumerate(_JOINT_NAMES):
        for column, each in enumerate(fields):
            cell = row.get(f"{name}_{each}", "")
            if cell:
                values[index, column] = _number(cell, f"{name}_{each}")
    return values


def _number(cell: str, what: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not abs(value) < NUMBER_MAX:
        raise RowFault(f"{what}: found {brief(cell)}; expected a number")
    return value
