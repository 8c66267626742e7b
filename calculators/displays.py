"""What notebooks show of payloads: pictures as thumbnails, poses as skeletons with their numbers.

Payload types are names of arrays, so a payload is told by its shape and its kind of number.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from html import escape
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark
from calculators.types import Detection, Detections, PoseEvent, PoseQuality

THUMBNAIL_PX: Final = 320
SKELETON_PX: Final = 240
MASK_SIDE_MIN: Final = 16
"""Smaller arrays of two dimensions are numbers rather than masks."""

_LANDMARK_COLUMNS: Final = ("x", "y", "z", "visibility", "presence")
_VISIBLE_MIN: Final = 0.5
_ROWS_MAX: Final = 40


def display(payload: Any) -> str | None:
    """Return HTML for an image, a mask, landmarks, detections or events; None for anything else."""
    if (
        isinstance(payload, tuple)
        and payload
        and all(isinstance(each, PoseEvent) for each in payload)
    ):
        return _records(payload)
    if isinstance(payload, PoseEvent | PoseQuality):
        return _records([payload])
    if isinstance(payload, Detection):
        return _detections([payload])
    if isinstance(payload, Detections):
        return _detections([payload.detection(index) for index in range(len(payload))])
    if not isinstance(payload, np.ndarray):
        return None
    if payload.dtype == np.uint8 and payload.ndim == 3 and payload.shape[2] == 3 and payload.size:
        return _picture(payload, "RGB image")
    if payload.dtype != np.float32 or payload.ndim != 2:
        return None
    if payload.shape[1] == len(_LANDMARK_COLUMNS):
        return _landmarks(payload)
    if min(payload.shape) >= MASK_SIDE_MIN:
        gray = np.clip(np.nan_to_num(payload) * 255, 0, 255).astype(np.uint8)
        return _picture(np.repeat(gray[:, :, None], 3, axis=2), "mask")
    return None


def _picture(image: npt.NDArray[np.uint8], kind: str) -> str:
    """Return a PNG no larger than a thumbnail; the image's own size is told."""
    height, width = image.shape[:2]
    scale = min(1.0, THUMBNAIL_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    done, png = cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    assert done, "OpenCV always has PNG"
    text = b64encode(png.tobytes()).decode("ascii")
    words = f"{kind}, {width} × {height} pixels"
    return f'<figure><img src="data:image/png;base64,{text}" alt="{words}"><br>{words}</figure>'


def _landmarks(landmarks: npt.NDArray[np.float32]) -> str:
    is_pose = len(landmarks) == len(PoseLandmark)
    names = [
        PoseLandmark(row).name.lower() if is_pose else str(row) for row in range(len(landmarks))
    ]
    rows = (
        [name, *(f"{value:.3f}" for value in row)]
        for name, row in zip(names, landmarks, strict=True)
    )
    table = _table(("landmark", *_LANDMARK_COLUMNS), list(rows))
    drawing = _skeleton(landmarks, POSE_CONNECTIONS if is_pose else ())
    return f'<div style="display:flex;gap:24px;align-items:flex-start">{drawing}{table}</div>'


def _skeleton(landmarks: npt.NDArray[np.float32], bones: Iterable[tuple[int, int]]) -> str:
    """Return points and bones, as large as fits; what is hardly visible is pale."""
    side = SKELETON_PX
    finite: npt.NDArray[np.bool_] = np.isfinite(landmarks[:, 0] + landmarks[:, 1])
    if not finite.any():
        return ""
    low, high = landmarks[finite, :2].min(axis=0), landmarks[finite, :2].max(axis=0)
    scale = (side - 20) / max(float((high - low).max()), 1e-6)
    points = (landmarks[:, :2] - (low + high) / 2) * scale + side / 2
    is_pale = np.less(
        landmarks[:, 3], _VISIBLE_MIN
    )  # NaN, for a model that does not tell, is not pale.
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {side} {side}" role="img" aria-label="landmarks">'
        f'<rect width="{side}" height="{side}" rx="6" fill="#f4f8fc"/>'
    ]
    for start, end in bones:
        if finite[start] and finite[end]:
            (x1, y1), (x2, y2) = points[start], points[end]
            opacity = 0.25 if is_pale[start] or is_pale[end] else 1
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                f'stroke="#48637c" stroke-width="2" stroke-opacity="{opacity}"/>'
            )
    for row, (x, y) in enumerate(points):
        if finite[row]:
            color = _side_color(row) if bones else "#48637c"
            opacity = 0.25 if is_pale[row] else 1
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}" fill-opacity="{opacity}"/>'
            )
    return "".join([*parts, "</svg>"])


def _side_color(row: int) -> str:
    """Return orange for the subject's left and blue for the right, as poses are drawn elsewhere."""
    name = PoseLandmark(row).name
    return "#ff8a00" if "LEFT" in name else "#00a5b5" if "RIGHT" in name else "#5d7385"


def _detections(detections: list[Detection]) -> str:
    columns = ("score", "xmin", "ymin", "width", "height", "keypoints")
    rows = [
        [f"{each.score:.3f}", *(f"{value:.3f}" for value in each.box), str(len(each.keypoints))]
        for each in detections
    ]
    return _table(columns, rows)


def _records(records: Sequence[PoseEvent | PoseQuality]) -> str:
    """Return a row for each record; what is None is an empty cell."""
    rows = [["" if cell is None else _cell(cell) for cell in astuple(each)] for each in records]
    return _table([each.name for each in fields(records[0])], rows)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _table(columns: Iterable[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[:_ROWS_MAX]
    )
    more = f"<p>and {len(rows) - _ROWS_MAX} more</p>" if len(rows) > _ROWS_MAX else ""
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>"
