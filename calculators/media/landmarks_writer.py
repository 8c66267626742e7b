"""Write landmarks as JSON Lines, CSV or .npz, chosen by the suffix."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import orjson

from calculators.media.faults import MediaFault, check_output_folder, plain_words, unknown_suffix
from calculators.media.line_file import LineFile
from calculators.media.pose_record import (
    LANDMARK_COUNT,
    LANDMARK_FIELDS,
    RECORD_DTYPE,
    ROI_FIELDS,
    PoseRecord,
    as_row,
)
from calculators.media.written import Written
from calculators.pose_landmark import PoseLandmark
from calculators.types import NormalizedRect
from graphflow.words.diagnostics import listed

_JSON_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


class LandmarksWriter(Protocol):
    """Whatever takes one record for every frame."""

    def write(self, record: PoseRecord) -> None:
        """Write one frame's record."""
        ...

    def close(self) -> Written:
        """Finish the file; may be called again."""
        ...


def create_landmarks(path: str | Path) -> LandmarksWriter:
    """Return the writer for `path`; an older file stays as it is until the first record.

    Args:
        path: a file whose suffix is one of LANDMARKS_SUFFIXES.

    Raises:
        UsageError: the suffix is unknown, or the folder is missing or not writable.
    """
    target = Path(path).expanduser()
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise unknown_suffix(target, "landmarks to ", listed(LANDMARKS_SUFFIXES, "or"))
    check_output_folder(target)
    return writer(target)


class JsonLinesWriter:
    """One JSON object a line for each frame; `encoded_record` tells its fields."""

    def __init__(self, path: Path) -> None:
        """Prepare to write to `path`."""
        self._lines = LineFile(path)

    def write(self, record: PoseRecord) -> None:
        """Append the record's line."""
        self._lines.write(encoded_record(record))

    def close(self) -> Written:
        """Close the file and return what was written."""
        return self._lines.close()


def encoded_record(record: PoseRecord) -> bytes:
    """Return a record as one line of JSON.

    Fields: `timestamp` (microseconds), `frame` (from 0), `width`, `height` (pixels),
    `pose_landmarks` and `pose_world_landmarks` (33 rows of x, y, z, visibility, presence, or null),
    `roi` (x_center, y_center, width, height, rotation, or null). Numbers are the shortest decimals
    that read back as the same float32; what is not a finite number is null.
    """
    fields = {
        "timestamp": record.timestamp,
        "frame": record.frame,
        "width": record.size.width,
        "height": record.size.height,
        "pose_landmarks": _contiguous(record.pose_landmarks),
        "pose_world_landmarks": _contiguous(record.pose_world_landmarks),
        "roi": _roi_fields(record.roi),
    }
    return orjson.dumps(fields, option=_JSON_OPTIONS)


class CsvWriter:
    """One row a frame, with a header row; cells are empty where there is nothing.

    Columns: timestamp, frame, width, height; then `<landmark>_<field>` for the 33 landmarks
    (nose_x, nose_y, nose_z, nose_visibility, nose_presence, left_eye_inner_x, ...); then the same
    with `_world_` between; then roi_x_center, roi_y_center, roi_width, roi_height, roi_rotation.
    """

    def __init__(self, path: Path) -> None:
        """Prepare to write to `path`."""
        self._lines = LineFile(path, header=(",".join(csv_columns()) + "\n").encode())

    def write(self, record: PoseRecord) -> None:
        """Append the record's row."""
        count = LANDMARK_COUNT * len(LANDMARK_FIELDS)
        head = f"{record.timestamp},{record.frame},{record.size.width},{record.size.height}"
        cells = (
            head.encode(),
            _cells(record.pose_landmarks, count),
            _cells(record.pose_world_landmarks, count),
            _cells(record.roi, len(ROI_FIELDS)),
        )
        self._lines.write(b",".join(cells) + b"\n")

    def close(self) -> Written:
        """Close the file and return what was written."""
        return self._lines.close()


def csv_columns() -> tuple[str, ...]:
    """Return the names of the columns of CsvWriter."""
    names = [landmark.name.lower() for landmark in PoseLandmark]
    return (
        *("timestamp", "frame", "width", "height"),
        *(f"{name}_{each}" for name, each in itertools.product(names, LANDMARK_FIELDS)),
        *(f"{name}_world_{each}" for name, each in itertools.product(names, LANDMARK_FIELDS)),
        *(f"roi_{each}" for each in ROI_FIELDS),
    )


class NpzWriter:
    """Arrays over all frames, written on close; until then rows wait in a temporary file.

    Members, for F frames: timestamp, frame, width, height (F,) int64; present (F,) bool;
    pose_landmarks, pose_world_landmarks (F, 33, 5) float32; roi (F, 5) float32; NaN where absent.
    A killed run leaves nothing: use JSON Lines where that matters.
    """

    def __init__(self, path: Path) -> None:
        """Prepare to write to `path`."""
        self._path = path
        self._rows = tempfile.TemporaryFile()  # noqa: SIM115
        self._frames = 0

    def write(self, record: PoseRecord) -> None:
        """Keep the record's row for the end."""
        self._rows.write(as_row(record).tobytes())
        self._frames += 1

    def close(self) -> Written:
        """Write the arrays and return what was written.

        Raises:
            MediaFault: the file can't be written.
        """
        if not self._rows.closed:
            self._rows.seek(0)
            rows = np.fromfile(self._rows, RECORD_DTYPE, count=self._frames)
            self._rows.close()
            if self._frames:
                self._save(rows)
        return Written(self._path if self._frames else None, self._frames)

    def _save(self, rows: np.ndarray[Any, Any]) -> None:
        partial = self._path.with_name(f"{self._path.stem}.partial.npz")
        try:
            np.savez_compressed(partial, **{name: rows[name] for name in RECORD_DTYPE.fields or ()})
            partial.replace(self._path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise MediaFault([f"{self._path}: can't be written: {plain_words(error)}"]) from error


_WRITERS: Final[dict[str, type[JsonLinesWriter] | type[CsvWriter] | type[NpzWriter]]] = {
    ".jsonl": JsonLinesWriter,
    ".ndjson": JsonLinesWriter,
    ".csv": CsvWriter,
    ".npz": NpzWriter,
}

LANDMARKS_SUFFIXES: Final = tuple(_WRITERS)
"""Suffixes of the files that create_landmarks writes."""


def _contiguous(array: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any] | None:
    return None if array is None else np.ascontiguousarray(array, np.float32)


def _roi_fields(roi: NormalizedRect | None) -> dict[str, Any] | None:
    if roi is None:
        return None
    return dict(zip(ROI_FIELDS, np.asarray(roi, np.float32), strict=True))


def _cells(array: np.ndarray[Any, Any] | None, count: int) -> bytes:
    if array is None:
        return b"," * (count - 1)
    flat = np.ascontiguousarray(array, np.float32).reshape(-1)
    return orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].replace(b"null", b"")
