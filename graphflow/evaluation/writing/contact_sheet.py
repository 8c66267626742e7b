"""Contact sheet: pictures of some samples with the true pose and the found ones drawn in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import POSE_CONNECTIONS
from graphflow.evaluation.samples import BoolArray, FloatArray
from graphflow.evaluation.scoring import SampleScore

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, channels red, green, blue."""

PictureOf = Callable[[SampleScore], "Picture | None"]
"""Gives the picture of a sample, or None where it can't be read."""

TRUTH_COLOUR: Final = "#2bd45a"
FOUND_COLOURS: Final = ("#ff8a1f", "#3db8ff")
_MISSED_COLOUR: Final = "#ff3040"

_SIDE_PX: Final = 360
_MARGIN: Final = 0.15
"""Of the picture around the poses, as a share of their larger side."""

_JPEG_QUALITY: Final = 82


@dataclass(frozen=True)
class _Window:
    """The part of a picture that is shown, in its pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def scale(self) -> float:
        return _SIDE_PX / max(self.width, self.height)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A pose to draw: its place, which joints there are, which of these are seen, and its look."""

    xy_px: FloatArray
    is_there: BoolArray
    is_visible: BoolArray
    colour: str
    width_px: float


def contact_sheet(
    rows: Sequence[Sequence[SampleScore]],
    captions: Sequence[str],
    names: Sequence[str],
    picture: PictureOf | None,
    visibility_cut: float,
) -> str:
    """Return the sheet as HTML.

    Each picture is cut to the poses in it. The true pose is green; a dashed red line leads from the
    true to the found place of each joint that the first answer did not detect; joints that are
    hidden, or said to be, are hollow.

    Args:
        rows: for each sample, its score in each set of answers.
        captions: what to say below each.
        names: of the sets of answers.
        picture: gives the pictures; None draws the poses alone.
        visibility_cut: a joint with at least this visibility is said to be visible.
    """
    keys = zip(("truth", *names), (TRUTH_COLOUR, *FOUND_COLOURS), strict=False)
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in keys
    )
    cells = "".join(
        f"<figure>{_drawing(scores, picture, visibility_cut)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for scores, caption in zip(rows, captions, strict=True)
    )
    return (
        f'<p class="legend">{legend}<span><i style="background:{_MISSED_COLOUR}"></i>not detected'
        f'</span></p><div class="sheet">{cells}</div>'
    )


def _drawing(
    scores: Sequence[SampleScore], picture: PictureOf | None, visibility_cut: float
) -> str:
    poses = list(_poses(scores, visibility_cut))
    image = picture(scores[0]) if picture is not None else None
    window = _window(poses, image)
    width, height = window.width * window.scale, window.height * window.scale
    parts = [_background(image, window), *_misses(scores[0], window)]
    parts += [_pose(pose, window) for pose in poses]
    return (
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(scores[0].name)}">{"".join(parts)}</svg>'
    )


def _poses(scores: Sequence[SampleScore], visibility_cut: float) -> Iterator[_Drawn]:
    truth = scores[0].truth
    if truth is not None:
        places = truth.xy_px.astype(np.float64)
        yield _Drawn(places, truth.is_labelled, truth.is_visible, TRUTH_COLOUR, 4)
    for row, colour in zip(scores, FOUND_COLOURS, strict=False):
        if row.found is not None:
            every = ~np.isnan(row.found.xy_px[:, 0])
            is_visible = row.found.visibility >= visibility_cut
            yield _Drawn(row.found.xy_px.astype(np.float64), every, is_visible, colour, 2)


def _window(poses: Sequence[_Drawn], image: Picture | None) -> _Window:
    """The part of the picture with the poses, or all of it where there is none."""
    places = [pose.xy_px[pose.is_there] for pose in poses if pose.is_there.any()]
    if not places:
        height, width = (1, 1) if image is None else image.shape[:2]
        return _Window(0, 0, width, height)
    every = np.concatenate(places)
    low, high = every.min(axis=0), every.max(axis=0)
    margin = _MARGIN * float((high - low).max()) + 1
    low, high = low - margin, high + margin
    if image is not None:
        # Found joints can be far outside; what is to be seen is in the picture.
        size = np.array([image.shape[1], image.shape[0]], np.float64)
        low, high = np.clip(low, 0, size - 1), np.clip(high, 1, size)
    low, high = np.floor(low), np.ceil(high)
    return _Window(*low, *np.maximum(high - low, 1))


def _background(image: Picture | None, window: _Window) -> str:
    """The part of the picture as a JPEG within the page, no larger than it is shown at twice."""
    if image is None:
        return '<rect width="100%" height="100%" fill="#303a44"/>'
    left, top = int(window.left), int(window.top)
    part = image[top : top + int(window.height), left : left + int(window.width)]
    shrink = min(1.0, 2 * window.scale)
    size = (max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    address = "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")
    return f'<image href="{address}" width="100%" height="100%" preserveAspectRatio="none"/>'


def _misses(row: SampleScore, window: _Window) -> Iterator[str]:
    """Lines from the true to the found place of each joint that was not detected."""
    if row.truth is None or row.found is None or row.is_detected is None:
        return
    true, found = _shown(row.truth.xy_px, window), _shown(row.found.xy_px, window)
    for joint in np.flatnonzero(row.truth.is_labelled & ~row.is_detected):
        yield _line(true[joint], found[joint], _MISSED_COLOUR, 2, 'stroke-dasharray="4 3"')


def _pose(pose: _Drawn, window: _Window) -> str:
    places = _shown(pose.xy_px, window)
    lines = (
        _line(places[start], places[end], pose.colour, pose.width_px)
        for start, end in POSE_CONNECTIONS
        if pose.is_there[start] and pose.is_there[end]
    )
    radius_px = pose.width_px / 2 + 2
    points = (
        f'<circle cx="{places[joint, 0]:.1f}" cy="{places[joint, 1]:.1f}" r="{radius_px:g}" '
        f'fill="{pose.colour if pose.is_visible[joint] else "none"}" stroke="{pose.colour}"/>'
        for joint in np.flatnonzero(pose.is_there)
    )
    return "".join(lines) + "".join(points)


def _shown(places: npt.NDArray[np.floating], window: _Window) -> FloatArray:
    moved: FloatArray = (places.astype(np.float64) - (window.left, window.top)) * window.scale
    return moved


def _line(start: FloatArray, end: FloatArray, colour: str, width_px: float, more: str = "") -> str:
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{colour}" stroke-width="{width_px:g}" {more}/>'
    )
