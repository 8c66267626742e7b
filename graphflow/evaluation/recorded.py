"""Recorded answers: those of a run, of an earlier evaluation, or of MediaPipe.

Files: JSON Lines, as runs and evaluations write them, and .npz, as runs and
`python -m benchmarks.record_mediapipe` write them. What tells to which sample an answer
belongs, the first that there is:

- the line's own field `sample`, `image`, or `clip` with `timestamp`;
- a text file beside it that names the pictures in the order of the answers, one a line: for
  `stills.graph.npz` it is `stills.graph.txt` or `stills.txt`;
- the time of the frame: for the clip that is called as the file is, up to its first dot, or for the
  only clip of the data set.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from calculators.media.faults import MediaFault, missing_file
from calculators.media.landmarks_reader import read_landmarks
from graphflow.evaluation.answering import Found
from graphflow.evaluation.recorded_lines import found_in_fields
from graphflow.evaluation.samples import Sample
from graphflow.words.errors import UsageError

LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
RECORDED_SUFFIXES: Final = (*LINE_SUFFIXES, ".npz")

_UNREADABLE: Final = (MediaFault, OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile)
"""What reading damaged lines and arrays raises."""


def is_recorded(name: str) -> bool:
    """Tell by its suffix whether a name is that of recorded answers."""
    return Path(name).suffix.lower() in RECORDED_SUFFIXES


class RecordedAnswers:
    """What a file says was found.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, clips: Sequence[str]) -> None:
        """Read where in the file which answer is.

        Args:
            path: of the file.
            clips: names of the data set's clips.

        Raises:
            UsageError: there is no such file, it holds something else, or it can't be told to which
                samples its answers belong.
        """
        if not path.is_file():
            raise missing_file(path)
        self.path = path
        try:
            self._source = _Lines(path) if path.suffix.lower() in LINE_SUFFIXES else _Arrays(path)
        except _UNREADABLE as error:
            raise UsageError(f"the recorded answers can't be read: {error}") from error
        self._clip = _clip_of(path, clips)
        names = _names_beside(path)
        self._places: dict[str, int] = {}
        for index, (name, timestamp) in enumerate(self._source.keys()):
            key = name
            if key is None and names is not None:
                key = names[index] if index < len(names) else None
            if key is None and self._clip is not None:
                key = f"{self._clip}@{timestamp}"
            if key is not None:
                self._places[key] = index
        if not self._places:
            raise UsageError(
                f"{path}: it can't be told to which pictures these answers belong\n"
                f"  hint: name the pictures, one a line, in {path.with_suffix('.txt')}"
            )

    def find(self, sample: Sample) -> Found | None:
        """Return what was found in a sample; None if the file says nothing of it."""
        for name in (sample.name, Path(sample.name).name):
            index = self._places.get(name)
            if index is not None:
                return self._source.found(index, sample)
        return None


class _Lines:
    """Answers in JSON Lines; of the file only the places of the lines are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: list[int] = []
        self._keys: list[tuple[str | None, int]] = []
        offset = 0
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                fields = self._fields(line, number) if line.endswith(b"\n") else {"format": ""}
                if "format" not in fields:
                    self._offsets.append(offset)
                    self._keys.append((_name_in(fields), int(fields.get("timestamp") or 0)))
                offset += len(line)
        self._file = path.open("rb")

    def keys(self) -> Iterator[tuple[str | None, int]]:
        yield from self._keys

    def found(self, index: int, sample: Sample) -> Found:
        self._file.seek(self._offsets[index])
        try:
            return found_in_fields(orjson.loads(self._file.readline()), sample)
        except (ValueError, TypeError) as error:
            raise UsageError(f"{self._path}: {sample.name}: {error}") from error

    def _fields(self, line: bytes, number: int) -> Mapping[str, Any]:
        fields = orjson.loads(line) if line.strip() else {"format": ""}
        if not isinstance(fields, dict) or ("format" not in fields and not _is_answer(fields)):
            raise ValueError(f"{self._path}:{number}: is no record of a run")
        return fields


class _Arrays:
    """Answers in arrays."""

    def __init__(self, path: Path) -> None:
        self._arrays = read_landmarks(path)

    def keys(self) -> Iterator[tuple[str | None, int]]:
        yield from ((None, int(each)) for each in self._arrays.timestamp)

    def found(self, index: int, sample: Sample) -> Found:
        arrays = self._arrays
        size = int(arrays.width[index]), int(arrays.height[index])
        if not arrays.present[index]:
            return Found(sample.name, size)
        world = arrays.pose_world_landmarks[index]
        return Found(
            sample.name,
            size,
            arrays.pose_landmarks[index],
            None if np.isnan(world).all() else world,
        )


def _is_answer(fields: Mapping[str, Any]) -> bool:
    return "pose_landmarks" in fields


def _name_in(fields: Mapping[str, Any]) -> str | None:
    for name in ("sample", "image"):
        if isinstance(fields.get(name), str):
            return str(fields[name])
    clip = fields.get("clip")
    return f"{clip}@{fields.get('timestamp')}" if isinstance(clip, str) else None


def _names_beside(path: Path) -> list[str] | None:
    stem = path.name.split(".")[0]
    for beside in (path.with_suffix(".txt"), path.with_name(f"{stem}.txt")):
        if beside.is_file():
            lines = beside.read_text(encoding="utf-8").splitlines()
            return [line.strip() for line in lines if line.strip()]
    return None


def _clip_of(path: Path, clips: Sequence[str]) -> str | None:
    stem = path.name.split(".")[0]
    for clip in clips:
        if Path(clip).stem == stem:
            return clip
    return clips[0] if len(clips) == 1 else None
