"""From the fields of a recorded line to what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from graphflow.evaluation.answering import Found
from graphflow.evaluation.samples import JOINT_COUNT, Sample

_SHAPE: Final = (JOINT_COUNT, 5)


def found_in_fields(fields: Mapping[str, Any], sample: Sample) -> Found:
    """Return what a line of a run, or of an evaluation, says of a sample.

    Raises:
        ValueError: the landmarks have another form; the message says which.
    """
    return Found(
        sample.name,
        (int(fields.get("width") or 0), int(fields.get("height") or 0)),
        _landmarks(fields.get("pose_landmarks"), "pose_landmarks"),
        _landmarks(fields.get("pose_world_landmarks"), "pose_world_landmarks"),
        str(fields.get("fault", "")),
    )


def _landmarks(values: Any, name: str) -> Any:
    """Return (33, 5) float32; null is NaN, for a number and for what stands behind the last one."""
    if values is None:
        return None
    array = np.full(_SHAPE, np.nan, np.float32)
    try:
        found = np.array(values, np.float64)
        if found.shape[0] != JOINT_COUNT or not 2 <= found.shape[1] <= _SHAPE[1]:
            raise ValueError
        array[:, : found.shape[1]] = found
    except (ValueError, TypeError, IndexError):
        raise ValueError(f'"{name}": expected 33 rows of x, y, z, visibility, presence') from None
    return array
