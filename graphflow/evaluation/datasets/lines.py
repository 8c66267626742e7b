"""JSON Lines: what `graphflow run` writes, a frame or picture a line; so any run can be the truth.

Fields of a line: `timestamp` (microseconds), `width`, `height` (pixels), `pose_landmarks` (33 rows
of x, y, z, visibility, presence, x and y normalised to the picture; null for nobody),
`pose_world_landmarks` (33 rows in metres, or null); as a run writes them. A row, or its x, that is
null is not labelled; a joint with a visibility under 0.5 is labelled but hidden.

A data set has more fields: `image`, the name of a picture, or `clip`, that of a clip, to which
`timestamp` belongs; `area_px2`, of the person; any other plain value is a column to group by. A run
does not write what it read: its lines belong to the clip, picture or folder of pictures that
`--images` names, or else to the clip beside them that is called as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from graphflow.evaluation.datasets.dataset import BadRow, Dataset
from graphflow.evaluation.datasets.media_files import MediaFiles, RowFault, pictures_of
from graphflow.evaluation.datasets.sample_making import (
    area_of,
    brief,
    frame,
    groups_of,
    is_seen,
    joint_rows,
    size_of,
    still,
    truth_of,
    whole,
)
from graphflow.evaluation.samples import Sample, Truth

STILL_STEP_US: Final = 33_333
"""Pictures of a folder are stamped so far apart; see calculators/media/image_reader.py."""

CLIP_SUFFIXES: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif")

_TAKEN: Final = frozenset(
    {
        *("image", "clip", "timestamp", "frame", "width", "height", "area_px2"),
        *("pose_landmarks", "pose_world_landmarks", "roi"),
        *("sample", "stamp", "format"),  # of the files that evaluations keep
    }
)


def lines_dataset(path: Path, files: MediaFiles) -> Dataset:
    """Return the data set of a JSON Lines file."""
    return Dataset(path, "JSON Lines", partial(_read, path, files))


def _read(path: Path, files: MediaFiles) -> Iterator[Sample | BadRow]:
    with path.open("rb") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            place = f"{path}:{line}"
            try:
                fields = _fields(text)
                if "format" not in fields:
                    yield _sample(fields, place, path, files)
            except RowFault as fault:
                yield BadRow(place, str(fault))


def _fields(text: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        is_whole = text.endswith(b"\n")
        words = "is no JSON" if is_whole else "breaks off: the run that wrote it was stopped"
        raise RowFault(f"the line {words} ({error})") from error
    if not isinstance(fields, dict):
        raise RowFault(f"found {brief(fields)}; expected an object")
    return fields


def _sample(fields: dict[str, Any], place: str, path: Path, files: MediaFiles) -> Sample:
    groups = groups_of(fields, _TAKEN)
    size = size_of(fields)
    image, clip = fields.get("image"), fields.get("clip")
    for name in (image, clip):
        if name is not None and not isinstance(name, str):
            raise RowFault(f"found {brief(name)}; expected the name of a picture or clip")
    if image is not None:
        size = size or files.size_px(files.find(image))
        return still(files, place, image, size, truth_of_fields(fields, size), groups)
    timestamp = whole(fields.get("timestamp"), "timestamp")
    if clip is not None:
        source = files.find(clip)
    else:
        source = files.find_medium([path.stem + suffix for suffix in CLIP_SUFFIXES])
        pictures = pictures_of(source)
        if pictures is not None:
            return _numbered(files, pictures, timestamp, place, fields, groups)
    size = size or files.size_px(source)
    return frame(source, place, timestamp, size, truth_of_fields(fields, size), groups)


def _numbered(
    files: MediaFiles,
    pictures: list[Path],
    timestamp: int,
    place: str,
    fields: dict[str, Any],
    groups: dict[str, str],
) -> Sample:
    """Return the sample of the picture that a run read at a time."""
    index, rest = divmod(timestamp, STILL_STEP_US)
    if rest or index >= len(pictures):
        raise RowFault(
            f"no picture was read at {timestamp} µs: there are {len(pictures)}, "
            f"{STILL_STEP_US} µs apart"
        )
    source = pictures[index]
    size = size_of(fields) or files.size_px(source)
    return Sample(
        source.name, place, source, None, None, size, groups, truth_of_fields(fields, size)
    )


def truth_of_fields(fields: dict[str, Any], size_px: tuple[int, int]) -> Truth | None:
    """Return what a line says of the person, None where nobody is there.

    Raises:
        RowFault: the landmarks are missing or have another form.
    """
    if "pose_landmarks" not in fields:
        raise RowFault('lacks "pose_landmarks"')
    if fields["pose_landmarks"] is None:
        return None
    rows = joint_rows(fields["pose_landmarks"], "pose_landmarks", 4)
    world = fields.get("pose_world_landmarks")
    return truth_of(
        rows[:, :2] * np.array(size_px, np.float64),
        is_seen(rows[:, 3]),
        area_of(fields, "area_px2"),
        None if world is None else joint_rows(world, "pose_world_landmarks", 3),
    )
