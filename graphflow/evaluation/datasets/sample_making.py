"""Make samples of what the rows of every kind of data set say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from graphflow.evaluation.datasets.media_files import MediaFiles, RowFault
from graphflow.evaluation.samples import JOINT_COUNT, BoolArray, FloatArray, Sample, Truth

NUMBER_MAX: Final = 1e15
"""No coordinate and no time in microseconds is larger, and what is can't be computed with."""

VISIBLE_MIN: Final = 0.5
"""A joint of a recorded run counts as visible from this probability on."""


def still(
    files: MediaFiles,
    place: str,
    name: str,
    size_px: tuple[int, int] | None,
    truth: Truth | None,
    groups: Mapping[str, str],
) -> Sample:
    """Return the sample of a picture; without a size, it is read for it.

    Raises:
        RowFault: the picture is missing, or can't be read.
    """
    source = files.find(name)
    size = size_px or files.size_px(source)
    return Sample(name, place, source, None, None, size, groups, truth)


def frame(
    source: Path,
    place: str,
    timestamp_us: int,
    size_px: tuple[int, int],
    truth: Truth | None,
    groups: Mapping[str, str],
) -> Sample:
    """Return the sample of a clip's frame."""
    clip = source.name
    return Sample(
        f"{clip}@{timestamp_us}", place, source, timestamp_us, clip, size_px, groups, truth
    )


def truth_of(
    xy_px: FloatArray,
    is_visible: BoolArray,
    area_px2: float | None = None,
    world_m: FloatArray | None = None,
) -> Truth:
    """Return the truth of joints that are labelled where they have a place."""
    is_labelled: BoolArray = np.asarray(np.isfinite(xy_px).all(axis=1))
    xy_px = np.where(is_labelled[:, None], xy_px, np.nan)
    has_world = world_m is not None and bool(np.isfinite(world_m).any())
    return Truth(
        xy_px, is_visible & is_labelled, is_labelled, area_px2, world_m if has_world else None
    )


def is_seen(visibility: FloatArray) -> BoolArray:
    """Tell which joints are visible by their probabilities; where there is none, they are."""
    return np.isnan(visibility) | (visibility >= VISIBLE_MIN)


def no_joints(columns: int) -> FloatArray:
    """Return (33, columns) of NaN."""
    return np.full((JOINT_COUNT, columns), np.nan)


def groups_of(fields: Mapping[str, Any], taken: frozenset[str]) -> dict[str, str]:
    """Return the fields by which results can be grouped: plain values that mean nothing else."""
    return {
        name: shown(value)
        for name, value in fields.items()
        if name not in taken and isinstance(value, str | int | float | bool)
    }


def shown(value: Any) -> str:
    """Return a group's value as text, as JSON writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(value: Any, what: str) -> float:
    """Return a finite number.

    Raises:
        RowFault: it is none.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) < NUMBER_MAX:
        raise RowFault(f"{what}: found {brief(value)}; expected a number")
    return float(value)


def whole(value: Any, what: str, minimum: int = 0) -> int:
    """Return a whole number.

    Raises:
        RowFault: it is none, or less than the minimum.
    """
    found = number(value, what)
    if found != int(found) or found < minimum:
        raise RowFault(f"{what}: found {brief(value)}; expected a whole number from {minimum} on")
    return int(found)


def size_of(fields: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return width and height, None where neither is said.

    Raises:
        RowFault: one is missing, or is no number of pixels.
    """
    if fields.get("width") is None and fields.get("height") is None:
        return None
    return whole(fields.get("width"), "width", 1), whole(fields.get("height"), "height", 1)


def area_of(fields: Mapping[str, Any], name: str) -> float | None:
    """Return an area in square pixels, None where none is said.

    Raises:
        RowFault: it is no positive number.
    """
    if fields.get(name) is None:
        return None
    area = number(fields[name], name)
    if area <= 0:
        raise RowFault(f"{name}: found {brief(fields[name])}; expected more than 0")
    return area


def joint_rows(values: Any, what: str, columns: int) -> FloatArray:
    """Return 33 rows of JSON numbers; null is NaN, for a row or a number; missing ends are NaN.

    Args:
        values: what the file has.
        what: its name.
        columns: how many numbers of each row are wanted.

    Raises:
        RowFault: it has another form.
    """
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != JOINT_COUNT:
        count = len(values) if isinstance(values, Sequence) else 0
        raise RowFault(f"{what}: found {count} rows; expected {JOINT_COUNT}, or null for nobody")
    rows = no_joints(columns)
    for index, row in enumerate(values):
        if row is None:
            continue
        if not isinstance(row, Sequence) or isinstance(row, str):
            raise RowFault(f"{what}, row {index}: found {brief(row)}; expected numbers, or null")
        for column, value in enumerate(row[:columns]):
            if value is not None:
                rows[index, column] = number(value, f"{what}, row {index}")
    return rows


def brief(value: Any) -> str:
    """Return a value as a message quotes it."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
