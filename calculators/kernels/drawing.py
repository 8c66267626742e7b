"""Drawing of poses, regions and detections onto RGB images.

The pose looks as MediaPipe's Python drawing functions paint it; regions and detections look as
its C++ annotations do. Colours are RGB here, where MediaPipe's Python lists BGR.

Source: MediaPipe, mediapipe/python/solutions/drawing_utils.py and drawing_styles.py
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calculators.kernels.roi import roi_from_rect
from calculators.kernels.warp import roi_corners
from calculators.pose_landmark import POSE_CONNECTIONS, PoseLandmark
from calculators.types import (
    Detections,
    ImageSize,
    NormalizedLandmarks,
    NormalizedRect,
    RgbImage,
)

Color = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

LIGHT_GRAY: Color = (224, 224, 224)
RED: Color = (255, 0, 0)
GREEN: Color = (0, 255, 0)
LEFT_ORANGE: Color = (255, 138, 0)
RIGHT_CYAN: Color = (0, 217, 231)

_MIN_VISIBILITY = 0.5
_MIN_PRESENCE = 0.5
_OUTLINE_THICKNESS_PX = 4
# cv2 draws with 16-bit fixed-point coordinates inside; far points must not wrap around.
_FARTHEST_PX = 1 << 15
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DARK: Color = (32, 32, 32)
_WHITE: Color = (255, 255, 255)


@dataclass(frozen=True)
class DrawingSpec:
    """How a point or line looks.

    Attributes:
        color: Red, green, blue.
        thickness: Line width in pixels; -1 fills circles.
        circle_radius: Radius of points in pixels.
    """

    color: Color = LIGHT_GRAY
    thickness: int = 2
    circle_radius: int = 2


def pose_point_style() -> dict[int, DrawingSpec]:
    """Return the look of each pose landmark: left orange, right cyan, nose light gray."""
    style = {}
    for landmark in PoseLandmark:
        color = LEFT_ORANGE if "LEFT" in landmark.name else RIGHT_CYAN
        style[int(landmark)] = DrawingSpec(color)
    style[int(PoseLandmark.NOSE)] = DrawingSpec(LIGHT_GRAY)
    return style


_POSE_POINT_STYLE = pose_point_style()


def draw_pose(image: RgbImage, landmarks: NormalizedLandmarks) -> RgbImage:
    """Return a copy of an image with the 33-landmark pose drawn on it."""
    result = RgbImage(image.copy())
    draw_landmarks_onto(result, landmarks, POSE_CONNECTIONS, _POSE_POINT_STYLE)
    return result


def draw_landmarks_onto(
    canvas: RgbImage,
    landmarks: NormalizedLandmarks,
    connections: Sequence[tuple[int, int]] = (),
    point_style: Mapping[int, DrawingSpec] | DrawingSpec | None = DrawingSpec(RED),
    connection_style: DrawingSpec = DrawingSpec(),
) -> None:
    """Draw lines, then points, into a writable image.

    A landmark is left out if it lies outside the image, or if its visibility or presence is set
    (not NaN) and below 0.5; a line needs both ends.

    Args:
        canvas: (H, W, 3) uint8, written to.
        landmarks: (N, 5) float32.
        connections: Pairs of rows to join, in drawing order.
        point_style: Look of all points, or of each row; ``None`` for no points.
        connection_style: Look of the lines.

    Raises:
        ValueError: A connection names a row that does not exist.
    """
    size = ImageSize(canvas.shape[1], canvas.shape[0])
    points = _drawable_points(landmarks, size)
    for start, end in connections:
        if not (0 <= start < len(landmarks) and 0 <= end < len(landmarks)):
            raise ValueError(
                f"found connection {start}-{end} for {len(landmarks)} landmarks; "
                "expected rows that exist"
            )
        if start in points and end in points:
            spec = connection_style
            cv2.line(canvas, points[start], points[end], spec.color, spec.thickness)
    if point_style is None:
        return
    for row, point in points.items():
        spec = point_style if isinstance(point_style, DrawingSpec) else point_style[row]
        border_radius = max(spec.circle_radius + 1, int(spec.circle_radius * 1.2))
        cv2.circle(canvas, point, border_radius, LIGHT_GRAY, spec.thickness)
        cv2.circle(canvas, point, spec.circle_radius, spec.color, spec.thickness)


def _drawable_points(landmarks: NormalizedLandmarks, size: ImageSize) -> dict[int, tuple[int, int]]:
    """Return row → pixel of the landmarks that are visible and inside the image."""
    points = {}
    for row, (x, y, _, visibility, presence) in enumerate(landmarks.tolist()):
        # NaN compares false: a landmark whose visibility is not set is drawn.
        if visibility < _MIN_VISIBILITY or presence < _MIN_PRESENCE:
            continue
        point = to_pixel(x, y, size)
        if point is not None:
            points[row] = point
    return points


def to_pixel(x: float, y: float, size: ImageSize) -> tuple[int, int] | None:
    """Return the pixel under a normalised point, or ``None`` outside the image."""
    if not (_is_normalized(x) and _is_normalized(y)):
        return None
    return (
        min(math.floor(x * size.width), size.width - 1),
        min(math.floor(y * size.height), size.height - 1),
    )


def _is_normalized(value: float) -> bool:
    return (value > 0 or math.isclose(0, value)) and (value < 1 or math.isclose(1, value))


def draw_rect_onto(
    canvas: RgbImage,
    rect: NormalizedRect,
    color: Color = RED,
    thickness: int = _OUTLINE_THICKNESS_PX,
) -> None:
    """Draw the outline of a rotated rectangle into a writable image; it may leave the image."""
    if not np.all(np.isfinite(rect)):
        return
    corners = roi_corners(roi_from_rect(rect, ImageSize(canvas.shape[1], canvas.shape[0])))
    outline = np.clip(np.rint(corners), -_FARTHEST_PX, _FARTHEST_PX).astype(np.int32)
    cv2.polylines(canvas, [outline], True, color, thickness)


def draw_detections_onto(
    canvas: RgbImage,
    detections: Detections,
    color: Color = GREEN,
    thickness: int = _OUTLINE_THICKNESS_PX,
) -> None:
    """Draw the boxes and keypoints of detections into a writable image."""
    height, width = canvas.shape[:2]
    scale = np.array([width, height], np.float32)
    for box, keypoints in zip(detections.boxes, detections.keypoints, strict=True):
        corners = np.stack([box[:2], box[:2] + box[2:]])
        pixels = np.concatenate([corners, keypoints]) * scale
        if not np.all(np.isfinite(pixels)):
            continue
        bounded = np.clip(np.rint(pixels), -_FARTHEST_PX, _FARTHEST_PX).astype(int).tolist()
        cv2.rectangle(canvas, bounded[0], bounded[1], color, thickness)
        for point in bounded[2:]:
            cv2.circle(canvas, point, thickness, color, cv2.FILLED)


def draw_lines_of_text_onto(
    canvas: RgbImage,
    lines: Sequence[str],
    font_height_px: int,
    color: Color = _WHITE,
) -> None:
    """Write lines of text on a dark plate into the upper left corner of a writable image.

    What does not fit into the image is cut off.

    Args:
        canvas: (H, W, 3) uint8, written to.
        lines: from top to bottom; other characters than ASCII may look wrong.
        font_height_px: of a capital letter, at least 4; a line takes twice as much.
        color: Red, green, blue of the letters.
    """
    if not lines:
        return
    thickness = max(1, font_height_px // 10)
    scale = cv2.getFontScaleFromHeight(_FONT, font_height_px, thickness)
    widths = [cv2.getTextSize(each, _FONT, scale, thickness)[0][0] for each in lines]
    corner = (max(widths) + font_height_px, 2 * font_height_px * len(lines))
    cv2.rectangle(canvas, (0, 0), corner, _DARK, cv2.FILLED)
    for row, line in enumerate(lines):
        baseline = (font_height_px // 2, font_height_px * (2 * row + 1) + font_height_px // 2)
        cv2.putText(canvas, line, baseline, _FONT, scale, color, thickness, cv2.LINE_AA)
