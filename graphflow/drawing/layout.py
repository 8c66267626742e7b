"""Where everything in a Picture stands. Graphviz's `dot` decides, in this process.

`dot` is the layered layout that others are measured by, and the only one at hand in Python that
knows layers, ports and boxes of all sizes at once, and routes lines around them. The package
pygraphviz brings it along, so nothing else is to be installed.

It gets boxes of fixed sizes without a text, and a line that closes a loop turned round, so that it
never has to guess which one that is.

Source: E. Gansner, E. Koutsofios, S. North, K. Vo, A technique for drawing directed graphs, 1993.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphflow.drawing.picture import Box, BoxKind, End, Line, Picture
from graphflow.drawing.sizes import Shape, shape_of
from graphflow.words.errors import UsageError

_POINTS_PER_INCH: Final = 72
_MARGIN_PX: Final = 16
_LARGE_PX: Final = 150
_PORT_CELL_PX: Final = 8

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


def lay_out(picture: Picture, shapes: Mapping[str, Shape] | None = None) -> Layout:
    """Return where everything in a picture without frames stands.

    Args:
        picture: what there is to see.
        shapes: of boxes, by key, that are not as large as their text.

    Raises:
        UsageError: pygraphviz is not installed.
    """
    every = {box.key: shape_of(box) for box in picture.boxes} | dict(shapes or {})
    answer = _ask_dot(_Request(picture, every).text())
    return _layout_of(picture, every, answer)


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

    def __init__(self, picture: Picture, shapes: Mapping[str, Shape]) -> None:
        self._picture = picture
        self._shapes = shapes
        self._ids = {box.key: f"b{at}" for at, box in enumerate(picture.boxes)}
        # Lines have farther to go from one large box to the next.
        tallest = max((shape.height for shape in shapes.values()), default=0)
        self._ranksep = 0.36 if tallest < _LARGE_PX else 0.8

    def text(self) -> str:
        lines = [
            "digraph {",
            f'graph [rankdir=TB, nodesep=0.24, ranksep={self._ranksep}, label=""];',
            'node [shape=plain, label=""]; edge [arrowsize=0.6, label=""];',
            *map(self._box, self._picture.boxes),
            *self._same_rank("source", BoxKind.INPUT),
            *self._same_rank("sink", BoxKind.OUTPUT),
            *(self._line(at, line) for at, line in enumerate(self._picture.lines)),
            "}",
        ]
        return "\n".join(lines)

    def _same_rank(self, rank: str, kind: BoxKind) -> list[str]:
        keys = [self._ids[box.key] for box in self._picture.boxes if box.kind is kind]
        return [f"{{ rank={rank}; {'; '.join(keys)} }}"] if keys else []

    def _box(self, box: Box) -> str:
        shape = self._shapes[box.key]
        name = self._ids[box.key]
        if not box.has_ports:
            inches = [round(each / _POINTS_PER_INCH, 4) for each in (shape.width, shape.height)]
            return f"{name} [shape=box, fixedsize=true, width={inches[0]}, height={inches[1]}];"
        rows = [_cells("i", shape.inputs, shape.width), _cells("o", shape.outputs, shape.width)]
        return f"{name} [label=<{_table(rows, shape.height / 2)}>];"

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


def _cells(side: str, middles: Sequence[float], width_px: float) -> list[tuple[str, int]]:
    """Return a row of cells (port or "", width in pixels) in which the ports are where they are."""
    cells = []
    end = 0
    for at, middle in enumerate(middles):
        start = round(middle - _PORT_CELL_PX / 2)
        if start > end:
            cells.append(("", start - end))
        cells.append((f"{side}{at}", _PORT_CELL_PX))
        end = max(start, end) + _PORT_CELL_PX
    return [*cells, ("", max(1, round(width_px) - end))]


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


def _layout_of(picture: Picture, shapes: Mapping[str, Shape], answer: dict[str, Any]) -> Layout:
    _, _, width, height = _numbers(answer["bb"])
    placed = {each["name"]: each for each in answer.get("objects", ())}

    def point(x: float, y: float) -> Point:
        return round(x + _MARGIN_PX, 2), round(height - y + _MARGIN_PX, 2)

    boxes = {}
    for at, box in enumerate(picture.boxes):
        shape = shapes[box.key]
        x, y = point(*_numbers(placed[f"b{at}"]["pos"]))
        left, top = round(x - shape.width / 2, 2), round(y - shape.height / 2, 2)
        boxes[box.key] = Rect(left, top, shape.width, shape.height)

    def port(end: End, *, is_source: bool) -> Point | None:
        """Return where a port is exactly; `dot` knows it to half a pixel."""
        if end.port is None:
            return None
        rect, shape = boxes[end.box], shapes[end.box]
        middles = shape.outputs if is_source else shape.inputs
        return rect.x + middles[end.port], rect.y + (rect.height if is_source else 0)

    drawn = {each["id"]: _path(each["pos"], point) for each in answer.get("edges", ())}
    paths = []
    for at, line in enumerate(picture.lines):
        path = drawn[f"e{at}"]
        first, *middle, last = reversed(path) if line.is_back else path
        start, end = port(line.source, is_source=True), port(line.target, is_source=False)
        paths.append((start or first, *middle, end or last))
    both = 2 * _MARGIN_PX
    return Layout(picture, round(width + both, 2), round(height + both, 2), boxes, {}, paths)


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
