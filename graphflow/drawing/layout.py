"""Where everything in a Picture stands. Graphviz's `dot` decides, in this process.

`dot` is the layered layout that others are measured by, and the only one at hand in Python that
knows layers, frames and ports all at once. The package pygraphviz brings it along, so nothing else
is to be installed.

It gets boxes of fixed sizes without a text, and a line that closes a loop turned round, so that it
never has to guess which one that is.

Source: E. Gansner, E. Koutsofios, S. North, K. Vo, A technique for drawing directed graphs, 1993.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphflow.drawing.picture import Box, BoxKind, End, Frame, Line, Picture
from graphflow.drawing.sizes import FRAME_LABEL_PX, TITLE_PX, box_size, port_cells_px, text_width_px
from graphflow.errors import UsageError

_POINTS_PER_INCH: Final = 72
_MARGIN_PX: Final = 16

Point = tuple[float, float]
"""x to the right and y downwards, pixels."""


@dataclass(frozen=True)
class Rect:
    """A box's place, pixels; x and y are its upper left corner's."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    Attributes:
        picture: what was laid out.
        boxes: by key.
        frames: by name.
        paths: of each line of the picture, from its source to its target: the points of cubic
            Bézier curves, each of which begins where the one before ends.
    """

    picture: Picture
    width_px: float
    height_px: float
    boxes: Mapping[str, Rect]
    frames: Mapping[str, Rect]
    paths: Sequence[tuple[Point, ...]]


def lay_out(picture: Picture) -> Layout:
    """Return where everything stands.

    Raises:
        UsageError: pygraphviz is not installed.
    """
    text = _Request(picture).text()
    answer = _ask_dot(text)
    return _layout_of(picture, answer)


def _ask_dot(text: str) -> dict[str, Any]:
    try:
        import pygraphviz
    except ImportError:
        raise UsageError(
            "drawing needs the package pygraphviz\n"
            "  hint: pip install 'graphflow-perception[draw]'; Mermaid and DOT (.mmd, .dot) need "
            "nothing"
        ) from None
    graph = pygraphviz.AGraph(string=text)
    try:
        answer: dict[str, Any] = json.loads(graph.draw(format="json0", prog="dot"))
    finally:
        graph.close()
    return answer


class _Request:
    """Writes a picture in DOT, for its layout alone."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._ids = {box.key: f"b{at}" for at, box in enumerate(picture.boxes)}
        self._boxes = {box.key: box for box in picture.boxes}

    def text(self) -> str:
        # Layers across all frames; but then "sink" no longer means the last one.
        ranks = "newrank=true," if self._picture.frames else ""
        lines = [
            "digraph {",
            f'graph [rankdir=TB, {ranks} nodesep=0.24, ranksep=0.36, label=""];',
            'node [shape=plain, label=""]; edge [arrowsize=0.6, label=""];',
            *self._inside_of(""),
            *self._same_rank("source", BoxKind.INPUT),
            *self._same_rank("sink", BoxKind.OUTPUT),
            *(self._line(at, line) for at, line in enumerate(self._picture.lines)),
            "}",
        ]
        return "\n".join(lines)

    def _inside_of(self, frame: str) -> list[str]:
        lines = [self._box(box) for box in self._picture.boxes if box.frame == frame]
        for at, inner in enumerate(self._picture.frames):
            if inner.parent == frame:
                label = _table([[("", round(frame_label_px(inner)))]], FRAME_LABEL_PX)
                lines.append(f"subgraph cluster_{at} {{ label=<{label}>; labeljust=l; margin=12;")
                lines += self._inside_of(inner.name)
                lines.append("}")
        return lines

    def _same_rank(self, rank: str, kind: BoxKind) -> list[str]:
        keys = [self._ids[box.key] for box in self._picture.boxes if box.kind is kind]
        return [f"{{ rank={rank}; {'; '.join(keys)} }}"] if keys else []

    def _box(self, box: Box) -> str:
        size = box_size(box)
        name = self._ids[box.key]
        if not box.has_ports:
            inches = [round(each / _POINTS_PER_INCH, 4) for each in (size.width, size.height)]
            return f"{name} [shape=box, fixedsize=true, width={inches[0]}, height={inches[1]}];"
        whole = [("", round(size.width))]
        rows = [
            [(f"i{at}", cell) for at, cell in enumerate(port_cells_px(box.inputs, size.width))],
            [(f"o{at}", cell) for at, cell in enumerate(port_cells_px(box.outputs, size.width))],
        ]
        used = [row or whole for row in rows]
        return f"{name} [label=<{_table(used, size.height / 2)}>];"

    def _line(self, at: int, line: Line) -> str:
        source, target = self._end(line.source, "o", "s"), self._end(line.target, "i", "n")
        if line.is_back:
            source = self._ids[line.source.box]
            return f"{target} -> {source} [id=e{at}, dir=back];"
        weight = 1 if line.is_side else 4
        return f"{source} -> {target} [id=e{at}, weight={weight}];"

    def _end(self, end: End, side: str, compass: str) -> str:
        port = "" if end.port is None else f":{side}{end.port}"
        return f"{self._ids[end.box]}{port}:{compass}"


def frame_label_px(frame: Frame) -> float:
    """Return how wide a frame's label is."""
    return text_width_px(f"{frame.title}  {frame.subtitle}", TITLE_PX) * 1.06 + 30


def _table(rows: Sequence[Sequence[tuple[str, int]]], height_px: float) -> str:
    """Return a table of cells (port, width in pixels), all of one height, as `dot` reads it."""
    plain = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
    written = ""
    for row in rows:
        cells = "".join(
            f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height_px:g}"'
            + (f' PORT="{port}"' if port else "")
            + "></TD>"
            for port, width in row
        )
        written += f"<TR><TD>{plain}<TR>{cells}</TR></TABLE></TD></TR>"
    return f"{plain}{written}</TABLE>"


def _layout_of(picture: Picture, answer: dict[str, Any]) -> Layout:
    _, _, width, height = _numbers(answer["bb"])
    placed = {each["name"]: each for each in answer.get("objects", ())}

    def point(x: float, y: float) -> Point:
        return round(x + _MARGIN_PX, 2), round(height - y + _MARGIN_PX, 2)

    boxes = {}
    for at, box in enumerate(picture.boxes):
        size = box_size(box)
        x, y = point(*_numbers(placed[f"b{at}"]["pos"]))
        left, top = round(x - size.width / 2, 2), round(y - size.height / 2, 2)
        boxes[box.key] = Rect(left, top, size.width, size.height)
    frames = {}
    for at, frame in enumerate(picture.frames):
        x0, y0, x1, y1 = _numbers(placed[f"cluster_{at}"]["bb"])
        left, top = point(x0, y1)
        frames[frame.name] = Rect(left, top, round(x1 - x0, 2), round(y1 - y0, 2))
    paths = {each["id"]: _path(each["pos"], point) for each in answer.get("edges", ())}
    drawn = [paths[f"e{at}"] for at in range(len(picture.lines))]
    turned = [
        tuple(reversed(path)) if line.is_back else path
        for line, path in zip(picture.lines, drawn, strict=True)
    ]
    both = 2 * _MARGIN_PX
    return Layout(picture, round(width + both, 2), round(height + both, 2), boxes, frames, turned)


def _path(text: str, point: Any) -> tuple[Point, ...]:
    """Return the points of a spline; the tips of arrows are put at its ends."""
    start: Point | None = None
    end: Point | None = None
    points: list[Point] = []
    for word in text.split():
        if word.startswith("s,"):
            start = point(*_numbers(word[2:]))
        elif word.startswith("e,"):
            end = point(*_numbers(word[2:]))
        else:
            points.append(point(*_numbers(word)))
    if start is not None:
        points = [start, start, points[0], *points]
    if end is not None:
        points = [*points, points[-1], end, end]
    return tuple(points)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(each) for each in text.split(","))
