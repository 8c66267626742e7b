"""AnswerFile: what was found so far, a sample a line, so that an evaluation can be continued.

The first line says of which evaluation it is. Every other line is one sample's answer, with the
fields that a run writes, so that the file can be the other side of an evaluation; a line is written
at once and whole. `stamp` is the state of the picture's or clip's file: when that
is another one, the answer does not count any more. Of several answers of a sample the last counts.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import orjson

from graphflow.evaluation.answering import Found
from graphflow.evaluation.recorded_lines import found_in_fields
from graphflow.evaluation.samples import Sample
from graphflow.words.closing import Closing
from graphflow.words.errors import UsageError

FORMAT: Final = "graphflow evaluation answers 1"


class Keeping(enum.Enum):
    """What becomes of the answers that an earlier evaluation left.

    Attributes:
        CONTINUE: those of one that was stopped are kept, those of a finished one are not.
        KEEP: they are kept.
        DROP: every sample is asked anew.
    """

    CONTINUE = enum.auto()
    KEEP = enum.auto()
    DROP = enum.auto()


def stamp_of(path: Path) -> str:
    """Return size and time of change of a file: with these it is the one that was seen."""
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size}-{state.st_mtime_ns}"


def note_end(path: Path) -> None:
    """Note in a file of answers that the evaluation that it belongs to is over.

    Until then the next one goes on with it, also if every sample has its answer: an evaluation may
    ask more than one graph.

    Raises:
        UsageError: it can't be written.
    """
    try:
        with path.open("ab") as file:
            file.write(orjson.dumps({"format": FORMAT, "is_finished": True}) + b"\n")
    except OSError as error:
        raise UsageError(f"can't write {path}: {error.strerror}") from error


class AnswerFile(Closing):
    """A file of answers to one evaluation; as a context manager it is closed on leaving.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, key: str, about: Mapping[str, str], keeping: Keeping) -> None:
        """Open the file, and read what it has; it is made with its folder if there is none.

        Args:
            path: of the file.
            key: of the evaluation; the answers of another one are dropped.
            about: what the first line says besides, for people.
            keeping: what becomes of the answers that it has.

        Raises:
            UsageError: it can't be written.
        """
        self.path = path
        self._places: dict[str, tuple[int, str]] = {}
        self._is_finished = False
        self._clip_stamps: dict[Path, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = path.open("ab+", buffering=0)
        except OSError as error:
            raise UsageError(f"can't write {path}: {error.strerror}") from error
        is_kept = keeping is not Keeping.DROP and self._read(key)
        if not is_kept or (keeping is Keeping.CONTINUE and self._is_finished):
            self._file.truncate(0)
            self._places.clear()
            self._append({"format": FORMAT, "key": key, **about})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def has(self, sample: Sample) -> bool:
        """Tell whether a sample has an answer that counts; one that failed is tried again."""
        place = self._places.get(sample.name)
        return place is not None and place[1] == self._stamp(sample.source)

    def add(self, found: Found, source: Path) -> bool:
        """Append an answer; tell whether the sample had none that counts.

        Args:
            found: the answer.
            source: the picture or clip.

        Raises:
            UsageError: the file can't be written.
        """
        current = self._stamp(source)
        stamp = "" if found.fault else current
        offset = self._append(
            {
                "sample": found.name,
                "width": found.size_px[0],
                "height": found.size_px[1],
                "pose_landmarks": _contiguous(found.landmarks),
                "pose_world_landmarks": _contiguous(found.world_landmarks),
                "stamp": stamp,
                **({"fault": found.fault} if found.fault else {}),
            }
        )
        before = self._places.get(found.name)
        self._places[found.name] = (offset, stamp)
        return before is None or before[1] != current

    def find(self, sample: Sample) -> Found | None:
        """Return what was found in a sample; None where it has no answer."""
        place = self._places.get(sample.name)
        if place is None:
            return None
        self._file.seek(place[0])
        fields = orjson.loads(self._file.readline())
        return found_in_fields(fields, sample)

    def _stamp(self, source: Path) -> str:
        if source not in self._clip_stamps:
            # Clips have thousands of samples, stills one: the memory is for clips.
            self._clip_stamps.clear()
            self._clip_stamps[source] = stamp_of(source)
        return self._clip_stamps[source]

    def _append(self, fields: Mapping[str, Any]) -> int:
        """Write a line; return where it begins."""
        line = orjson.dumps(fields, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
        offset = self._file.seek(0, 2)
        try:
            written = self._file.write(line)
        except OSError as error:
            raise UsageError(f"can't write {self.path}: {error.strerror}") from error
        if written != len(line):
            self._file.truncate(offset)
            raise UsageError(f"can't write {self.path}: the disk is full")
        return offset

    def _read(self, key: str) -> bool:
        """Learn where the answers stand; tell whether they are those of this evaluation."""
        self._file.seek(0)
        offset = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines):
                fields = _fields(line)
                if number == 0 and (fields.get("format"), fields.get("key")) != (FORMAT, key):
                    return False
                self._is_finished = "is_finished" in fields
                if not line.endswith(b"\n"):
                    break  # The process was killed while it wrote.
                if isinstance(fields.get("sample"), str):
                    self._places[fields["sample"]] = (offset, str(fields.get("stamp", "")))
                offset += len(line)
        self._file.truncate(offset)
        return offset > 0


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _contiguous(array: Any) -> Any:
    return None if array is None else np.ascontiguousarray(array, np.float32)
