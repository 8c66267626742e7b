"""Read landmarks back, float32 for float32 as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from calculators.media.faults import MediaFault, missing_file
from calculators.media.pose_record import LANDMARK_COUNT, LANDMARK_FIELDS, RECORD_DTYPE, ROI_FIELDS
from graphflow.words.quick_dataclass import dataclass

LINE_SUFFIXES: Final = (".jsonl", ".ndjson")


@dataclass(frozen=True, eq=False)
class Recording:
    """What a pose graph found in F frames.

    Attributes:
        timestamp: (F,) int64, microseconds.
        frame: (F,) int64, from 0.
        width: (F,) int64, pixels.
        height: (F,) int64, pixels.
        present: (F,) bool; whether a body was found.
        pose_landmarks: (F, 33, 5) float32; x and y normalised; NaN where absent.
        pose_world_landmarks: (F, 33, 5) float32; metres; NaN where absent.
        roi: (F, 5) float32; NaN where absent.
    """

    timestamp: npt.NDArray[np.int64]
    frame: npt.NDArray[np.int64]
    width: npt.NDArray[np.int64]
    height: npt.NDArray[np.int64]
    present: npt.NDArray[np.bool_]
    pose_landmarks: npt.NDArray[np.float32]
    pose_world_landmarks: npt.NDArray[np.float32]
    roi: npt.NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.timestamp)


def read_landmarks(path: str | Path) -> Recording:
    """Read a .jsonl or .npz file of landmarks.

    A last line that was cut off (the run was killed) is left out. MediaPipe's answers, as
    `python -m benchmarks.record_mediapipe` writes them, are read as well; they number no frames, so
    these count from 0.

    Raises:
        UsageError: there is no such file.
        MediaFault: it holds something else; the message gives the line.
    """
    source = Path(path)
    if not source.exists():
        raise missing_file(source)
    if source.suffix.lower() == ".npz":
        return _read_arrays(source)
    if source.suffix.lower() in LINE_SUFFIXES:
        return _read_lines(source)
    raise MediaFault([f"{source}: can't be read back; expected .jsonl, .ndjson or .npz"])


def _read_arrays(source: Path) -> Recording:
    with np.load(source) as arrays:
        found = {name: arrays[name] for name in RECORD_DTYPE.names or () if name in arrays}
    found.setdefault("frame", np.arange(len(found.get("timestamp", ()))))
    missing = [name for name in RECORD_DTYPE.names or () if name not in found]
    if missing:
        raise MediaFault([f"{source}: lacks {', '.join(missing)}"])
    return Recording(**found)


def _read_lines(source: Path) -> Recording:
    lines = source.read_bytes().split(b"\n")
    # What follows the last newline is empty, or a line that was never finished.
    rows = np.zeros(len(lines) - 1, RECORD_DTYPE)
    for index, line in enumerate(lines[:-1]):
        try:
            _fill(rows, index, orjson.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise MediaFault([f"{source}:{index + 1}: is no frame's record ({reason})"]) from error
    return Recording(**{name: rows[name].copy() for name in RECORD_DTYPE.names or ()})


def _fill(rows: np.ndarray[Any, Any], index: int, fields: dict[str, Any]) -> None:
    for name in ("timestamp", "frame", "width", "height"):
        rows[name][index] = fields[name]
    rows["present"][index] = fields["pose_landmarks"] is not None
    shape = (LANDMARK_COUNT, len(LANDMARK_FIELDS))
    for name in ("pose_landmarks", "pose_world_landmarks"):
        rows[name][index] = _floats(fields[name], shape)
    roi = fields["roi"]
    values = None if roi is None else [roi[name] for name in ROI_FIELDS]
    rows["roi"][index] = _floats(values, (len(ROI_FIELDS),))


def _floats(values: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return JSON numbers as float32; null is NaN, alone or in place of a number."""
    if values is None:
        return np.full(shape, np.nan, np.float32)
    array = np.array(values, np.float64).astype(np.float32)
    if array.shape != shape:
        raise ValueError(f"found shape {array.shape}; expected {shape}")
    return array
