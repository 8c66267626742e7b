"""What the Rerun viewer shows of payloads: pictures, masks, landmarks, regions and detections.

Payload types are names of arrays, so where a stream's type does not tell, shape and kind of number
do. Coordinates that are normalised to the picture are drawn in its pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import rerun

from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark
from calculators.types import (
    Detection,
    Detections,
    Mask,
    NormalizedLandmarks,
    NormalizedRect,
    RgbImage,
    WorldLandmarks,
)
from graphflow.words.views import Space, View

POSE_CLASS: Final = 33
"""Class of the points of a pose in the viewer."""

JPEG_QUALITY: Final = 85

_KINDS: Final = (RgbImage, Mask, NormalizedLandmarks, WorldLandmarks, NormalizedRect)
_LANDMARK_COLUMNS: Final = 5
_RECT_VALUES: Final = 5
_MASK_SIDE_MIN: Final = 16
_MASK_OPACITY: Final = 0.4
_LEFT, _RIGHT, _MIDDLE = (255, 138, 0), (0, 165, 181), (93, 115, 133)
_UNIT: Final = (1, 1)


def lasting_views() -> Iterable[tuple[str, Any]]:
    """Return the skeleton's connections, and which way the world's axes point."""
    points = [
        rerun.AnnotationInfo(id=each.value, label=each.name.lower(), color=_color(each.name))
        for each in PoseLandmark
    ]
    pose = rerun.ClassDescription(
        info=rerun.AnnotationInfo(id=POSE_CLASS, label="pose"),
        keypoint_annotations=points,
        keypoint_connections=[(int(start), int(end)) for start, end in POSE_CONNECTIONS],
    )
    yield "/", rerun.AnnotationContext([pose])
    yield f"/{Space.WORLD.value}", rerun.ViewCoordinates.RIGHT_HAND_Y_DOWN


def view_of(payload: Any, kind: object, size_px: tuple[int, int] | None) -> View | None:
    """Return the view of a payload of ours; None for anything else."""
    size = np.array(size_px or _UNIT, np.float32)
    if isinstance(payload, Detection):
        return _boxes(payload.box[None], np.array([payload.score], np.float32), size)
    if isinstance(payload, Detections):
        return _boxes(payload.boxes, payload.scores, size)
    if not isinstance(payload, np.ndarray) or not payload.size:
        return None
    found = kind if kind in _KINDS else _kind_of(payload) if kind is Any else None
    if found is RgbImage:
        return _picture(payload)
    if found is Mask:
        return _mask(payload)
    if found is NormalizedLandmarks:
        positions, known = _points(payload[:, :2] * size)
        return View(Space.PICTURE, rerun.Points2D(positions, radii=3.0, **known))
    if found is WorldLandmarks:
        positions, known = _points(payload[:, :3])
        return View(Space.WORLD, rerun.Points3D(positions, radii=0.01, **known))
    if found is NormalizedRect:
        return _region(payload, size)
    return None


def _kind_of(payload: npt.NDArray[Any]) -> object:
    """Tell what a payload is whose stream may carry anything."""
    shape = payload.shape
    if payload.dtype == np.uint8:
        return RgbImage if len(shape) == 3 and shape[2] == 3 else None
    if payload.dtype != np.float32:
        return None
    if shape == (_RECT_VALUES,):
        return NormalizedRect
    if len(shape) == 2 and shape[1] == _LANDMARK_COLUMNS:
        return NormalizedLandmarks
    return Mask if len(shape) == 2 and min(shape) >= _MASK_SIDE_MIN else None


def _picture(image: npt.NDArray[np.uint8]) -> View:
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)
    assert done, "OpenCV always has JPEG"
    height, width = image.shape[:2]
    what = rerun.EncodedImage(contents=jpeg.tobytes(), media_type="image/jpeg")
    return View(Space.PICTURE, what, (width, height))


def _mask(mask: npt.NDArray[np.float32]) -> View:
    gray = np.clip(np.nan_to_num(mask) * 255, 0, 255).astype(np.uint8)
    return View(Space.PICTURE, rerun.Image(gray, color_model="L", opacity=_MASK_OPACITY))


def _points(positions: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
    """Return the points that have a place, and what the viewer needs to know of each."""
    is_there = np.isfinite(positions).all(axis=1)
    if len(positions) != len(PoseLandmark):
        return positions[is_there], {}
    return positions[is_there], {"class_ids": POSE_CLASS, "keypoint_ids": np.flatnonzero(is_there)}


def _region(rect: npt.NDArray[np.float32], size: npt.NDArray[np.float32]) -> View:
    """Draw a rotated rectangle; it turns about its centre, in pixels."""
    center, half = rect[:2] * size, rect[2:4] * size / 2
    cosine, sine = np.cos(rect[4]), np.sin(rect[4])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], np.float32) * half
    turned = corners @ np.array([[cosine, sine], [-sine, cosine]], np.float32) + center
    return View(Space.PICTURE, rerun.LineStrips2D([turned], colors=[_MIDDLE]))


def _boxes(
    boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], size: npt.NDArray[np.float32]
) -> View:
    what = rerun.Boxes2D(
        mins=boxes[:, :2] * size,
        sizes=boxes[:, 2:] * size,
        labels=[f"{score:.2f}" for score in scores],
    )
    return View(Space.PICTURE, what)


def _color(name: str) -> tuple[int, int, int]:
    """Return orange for the subject's left and blue for the right, as poses are drawn elsewhere."""
    return _LEFT if "LEFT" in name else _RIGHT if "RIGHT" in name else _MIDDLE
