"""Draw open subgraphs within what is around them.

The inside of a subgraph is laid out first, by itself, between its own inputs and outputs; around it
the subgraph is a box of that size, whose ports are where the inputs and outputs came to lie. So
each subgraph looks the same wherever it is used, and lines cross its frame only where it has ports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from graphflow.drawing.layout import Layout, Point, Rect, lay_out
from graphflow.drawing.picture import Box, BoxKind, End, Frame, Line
from graphflow.drawing.sizes import FRAME_LABEL_PX, TITLE_PX, Shape, text_width_px
from graphflow.drawing.view import look_at
from graphflow.plan import Plan

_LABEL_MARGIN_PX: Final = 30.0


def lay_out_opened(
    plan: Plan, opened: Collection[str] = (), *, has_side_packets: bool = True
) -> Layout:
    """Return where everything in a graph stands, some of its subgraphs open.

    Args:
        plan: the graph.
        opened: names of the subgraphs that are open; one counts only if those around it are too.
        has_side_packets: show them too.

    Raises:
        UsageError: pygraphviz is not installed.
    """
    return _lay_out_inside(plan, "", opened, has_side_packets)


def _lay_out_inside(
    plan: Plan, name: str, opened: Collection[str], has_side_packets: bool
) -> Layout:
    picture = look_at(plan, inside=name, has_side_packets=has_side_packets)
    insides = {
        box.key: _lay_out_inside(plan, box.name, opened, has_side_packets)
        for box in picture.boxes
        if box.kind is BoxKind.SUBGRAPH and box.name in opened
    }
    boxes = {box.key: box for box in picture.boxes}
    shapes = {key: _shape_around(boxes[key], inside) for key, inside in insides.items()}
    around = lay_out(picture, shapes)
    return _put_together(around, insides) if insides else around


def _shape_around(box: Box, inside: Layout) -> Shape:
    """Return the shape of a frame around a layout, and its ports where the ends inside are."""

    def middles(side: str, count: int) -> tuple[float, ...]:
        ends = [inside.boxes[f"{side}:{at}"] for at in range(count)]
        return tuple(end.x + end.width / 2 for end in ends)

    label = text_width_px(f"{box.title}  {box.subtitle}", TITLE_PX) + _LABEL_MARGIN_PX
    return Shape(
        round(max(inside.width_px, label)),
        round(inside.height_px + FRAME_LABEL_PX),
        middles("input", len(box.inputs)),
        middles("output", len(box.outputs)),
    )


def _put_together(around: Layout, insides: Mapping[str, Layout]) -> Layout:
    boxes: list[Box] = []
    frames: list[Frame] = []
    rects: dict[str, Rect] = {}
    frame_rects: dict[str, Rect] = {}
    lines: list[tuple[Line, tuple[Point, ...]]] = []
    for box in around.picture.boxes:
        rect = around.boxes[box.key]
        inside = insides.get(box.key)
        if inside is None:
            boxes.append(box)
            rects[box.key] = rect
            continue
        moved = _moved(inside, box.name, rect.x, rect.y + FRAME_LABEL_PX)
        frames += [Frame(box.name, box.title, box.subtitle), *moved.picture.frames]
        frame_rects |= {box.name: rect, **moved.frames}
        boxes += moved.picture.boxes
        rects |= moved.boxes
        lines += zip(moved.picture.lines, moved.paths, strict=True)
    names = {box.key: box.name for box in around.picture.boxes if box.key in insides}
    outer = zip(around.picture.lines, around.paths, strict=True)
    lines += (_led_inside(line, path, names, rects) for line, path in outer)
    return replace(
        around,
        picture=replace(
            around.picture,
            boxes=tuple(boxes),
            lines=tuple(line for line, _ in lines),
            frames=tuple(frames),
        ),
        boxes=rects,
        frames=frame_rects,
        paths=[path for _, path in lines],
    )


def _moved(inside: Layout, name: str, by_x: float, by_y: float) -> Layout:
    """Return a layout at its place in the frame of a subgraph, its keys unique around it."""

    def end(of: End) -> End:
        return replace(of, box=_key_within(name, of.box))

    def rects(of: Iterable[tuple[str, Rect]]) -> dict[str, Rect]:
        return {key: replace(rect, x=rect.x + by_x, y=rect.y + by_y) for key, rect in of}

    picture = inside.picture
    moved = replace(
        picture,
        boxes=tuple(
            replace(box, key=_key_within(name, box.key), frame=box.frame or name)
            for box in picture.boxes
        ),
        lines=tuple(
            replace(line, source=end(line.source), target=end(line.target))
            for line in picture.lines
        ),
        frames=tuple(replace(frame, parent=frame.parent or name) for frame in picture.frames),
    )
    return replace(
        inside,
        picture=moved,
        boxes=rects((_key_within(name, key), rect) for key, rect in inside.boxes.items()),
        frames=rects(inside.frames.items()),
        paths=[tuple((x + by_x, y + by_y) for x, y in path) for path in inside.paths],
    )


def _key_within(name: str, key: str) -> str:
    """Return a key that is unique around a subgraph too: a stream may have a box in and out."""
    return key if key.startswith("node:") else f"{name}/{key}"


def _led_inside(
    line: Line, path: tuple[Point, ...], names: Mapping[str, str], rects: Mapping[str, Rect]
) -> tuple[Line, tuple[Point, ...]]:
    """Lead a line that ends at a frame on to the input or output inside."""
    source, target = line.source, line.target
    if source.box in names:
        source = End(f"{names[source.box]}/output:{source.port}")
        rect = rects[source.box]
        start = (path[0][0], rect.y + rect.height)
        path = (start, start, path[0], *path)
    if target.box in names:
        target = End(f"{names[target.box]}/input:{target.port}")
        last = (path[-1][0], rects[target.box].y)
        path = (*path, path[-1], last, last)
    return replace(line, source=source, target=target), path
