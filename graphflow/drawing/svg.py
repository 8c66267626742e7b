"""A Layout as SVG: boxes with labelled ports, lines, frames; legible on light and on dark pages.

It brings its own background and follows the reader's colour scheme. Each box and line says what it
is in `data-name`, so that scripts and reports find it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from graphflow.drawing.layout import Layout, Point, Rect
from graphflow.drawing.picture import Box, BoxKind, Frame, Line, Spot
from graphflow.drawing.sizes import PORT_ROW_PX, shape_of


@dataclass(frozen=True)
class Annotation:
    """What a report adds to a node or subgraph.

    Attributes:
        fill: colour of the box, as CSS writes it; "" for the ordinary one.
        text: a short word at the box's upper right corner, "" for none.
        tooltip: more, shown where the pointer rests.
    """

    fill: str = ""
    text: str = ""
    tooltip: str = ""


Annotate = Callable[[Box], Annotation | None]
"""Asked for every node and closed subgraph."""

LIGHT: Final = """\
.page{fill:#ffffff}
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;\
fill:#1c2733}
.frame rect{fill:#5b7083;fill-opacity:.07;stroke:#8fa1b3;stroke-width:1}
.frame text{font-size:12px;font-weight:600;fill:#3f5468}
.node rect.body{fill:#f4f8fc;stroke:#48637c;stroke-width:1.2}
.subgraph rect.body{fill:#e7ecf8;stroke:#4b5fa8;stroke-width:1.6}
.subgraph rect.shade{fill:none;stroke:#4b5fa8;stroke-width:.8}
.title{font-size:13px;font-weight:600}
.subtitle{font-size:10px;fill:#5a6b7b}
.port{font-size:9px;fill:#33475b}
.port.side{fill:#8a6414}
.spot{fill:#48637c}
.spot.side{fill:#b98a2b}
.name rect{fill:#ffffff;stroke:#b9c5d0;stroke-width:.9}
.name text{font-size:11px}
.name.input rect{fill:#dff3e4;stroke:#3d8b57}
.name.input path{fill:#3d8b57}
.name.output rect{fill:#dcebfb;stroke:#2f6fb5;stroke-width:1.8}
.name.output path{fill:#2f6fb5}
.name.side rect{fill:#fff9ea;stroke:#c9a24d;stroke-dasharray:2 2}
.name.side text{fill:#7a5a12}
.line{fill:none;stroke:#5d7385;stroke-width:1.3}
.line.side{stroke:#c29a3f;stroke-width:.9;stroke-dasharray:1.5 2.5}
.line.back{stroke:#c8402f;stroke-width:1.5;stroke-dasharray:6 3}
.tip{fill:#5d7385}
.tip.side{fill:#c29a3f}
.tip.back{fill:#c8402f}
.note{font-size:10px;font-weight:600}
"""

DARK: Final = """\
.page{fill:#12181f}
text{fill:#e4ebf2}
.frame rect{fill:#9fb4c8;fill-opacity:.07;stroke:#56687a}
.frame text{fill:#b3c4d4}
.node rect.body{fill:#1d2833;stroke:#7f9bb5}
.subgraph rect.body{fill:#232b47;stroke:#8b9ce0}
.subgraph rect.shade{stroke:#8b9ce0}
.subtitle{fill:#9db0c1}
.port{fill:#bccbd9}
.port.side{fill:#e0bd6d}
.spot{fill:#7f9bb5}
.name rect{fill:#161e27;stroke:#46586a}
.name.input rect{fill:#173325;stroke:#59b37a}
.name.input path{fill:#59b37a}
.name.output rect{fill:#14304d;stroke:#5fa3ea}
.name.output path{fill:#5fa3ea}
.name.side rect{fill:#2a2413;stroke:#9a7c37}
.name.side text{fill:#e0bd6d}
.line{stroke:#8ea5b8}
.line.side{stroke:#a5873f}
.line.back{stroke:#ff7a66}
.tip{fill:#8ea5b8}
.tip.side{fill:#a5873f}
.tip.back{fill:#ff7a66}
.node.marked text,.subgraph.marked text{fill:#1c2733}
"""


_OWN: Final = ".graphflow-drawing"


def scoped(css: str, within: str) -> str:
    """Return rules that hold within one element alone, whatever page it is put into."""
    return "".join(f"{within} {line}\n" for line in css.splitlines())


def to_svg(
    layout: Layout, *, annotate: Annotate = lambda box: None, follows_scheme: bool = True
) -> str:
    """Return the drawing as a file of its own.

    Args:
        layout: what to draw, and where.
        annotate: colours and words for nodes and closed subgraphs.
        follows_scheme: be dark where the reader's pages are; else always light.
    """
    width, height = layout.width_px, layout.height_px
    dark = f"@media (prefers-color-scheme:dark){{{scoped(DARK, _OWN)}}}" if follows_scheme else ""
    title = layout.picture.title
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graphflow-drawing" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f"<style>{scoped(LIGHT, _OWN)}{dark}</style>",
        f'<rect class="page" width="{width:g}" height="{height:g}" rx="6"/>',
        svg_content(layout, annotate),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def svg_content(layout: Layout, annotate: Annotate = lambda box: None) -> str:
    """Return what is within the `svg` element: frames, then lines, then boxes."""
    picture = layout.picture
    parts = [_frame(frame, layout.frames[frame.name]) for frame in picture.frames]
    parts += [_line(line, path) for line, path in zip(picture.lines, layout.paths, strict=True)]
    parts += [box_markup(box, layout.boxes[box.key], annotate) for box in picture.boxes]
    return "\n".join(parts)


def box_markup(box: Box, rect: Rect, annotate: Annotate) -> str:
    """Return one box."""
    return _ported(box, rect, annotate(box)) if box.has_ports else _name(box, rect)


def _frame(frame: Frame, rect: Rect) -> str:
    label = escape(frame.title)
    if frame.subtitle:
        label += f'<tspan class="subtitle" dx="8">{escape(frame.subtitle)}</tspan>'
    return (
        f'<g class="frame" data-name="{escape(frame.name)}">'
        f"{_rect(rect, 8)}"
        f'<text x="{rect.x + 10:g}" y="{rect.y + 19:g}">{label}</text></g>'
    )


def path_text(path: Sequence[Point]) -> str:
    """Return the points of a line as the attribute `d` of a path."""
    first, *rest = [f"{x:g},{y:g}" for x, y in path]
    return f"M{first}C{' '.join(rest)}"


def _line(line: Line, path: Sequence[Point]) -> str:
    kind = line_class(line)
    return (
        f'<g data-line="{escape(line.name)}"><path class="line{kind}" d="{path_text(path)}"/>'
        f'<path class="tip{kind}" d="{_tip(path)}"/></g>'
    )


def line_class(line: Line) -> str:
    """Return what a line's class has after its first word."""
    return " back" if line.is_back else " side" if line.is_side else ""


def _tip(path: Sequence[Point]) -> str:
    """Return an arrow's head; drawn as a shape, for not every viewer draws markers."""
    x, y = path[-1]
    back_x, back_y = next(
        (each for each in reversed(path) if abs(each[0] - x) + abs(each[1] - y) > 1), (x, y - 1)
    )
    length = ((x - back_x) ** 2 + (y - back_y) ** 2) ** 0.5
    along_x, along_y = (x - back_x) / length, (y - back_y) / length
    foot_x, foot_y = x - 7 * along_x, y - 7 * along_y
    left = (foot_x + 3 * along_y, foot_y - 3 * along_x)
    right = (foot_x - 3 * along_y, foot_y + 3 * along_x)
    corners = " ".join(f"{each[0]:.2f},{each[1]:.2f}" for each in ((x, y), left, right))
    return f"M{corners}Z"


def _name(box: Box, rect: Rect) -> str:
    """Return a stream's, a side packet's or an end's name in its box."""
    is_side = box.kind is BoxKind.SIDE_PACKET or any(spot.is_side for spot in box.inputs)
    is_input = (box.is_input or box.kind is BoxKind.INPUT) and not is_side
    is_output = box.is_output or box.kind is BoxKind.OUTPUT
    names = ["name", *["side"] * is_side, *["input"] * is_input, *["output"] * is_output]
    # A drawn arrow, for a font that has no such letter would be replaced as a whole.
    arrow = "M{:g},{:g}l6,4l-6,4z"
    ends = [rect.x + 9] * is_input + [rect.x + rect.width - 14] * is_output
    arrows = "".join(f'<path d="{arrow.format(x, rect.y + 6)}"/>' for x in ends)
    shift = (5 if is_input else 0) - (5 if is_output else 0)
    middle = Rect(rect.x + shift, rect.y, rect.width, rect.height)
    return (
        f'<g class="{" ".join(names)}" data-stream="{escape(box.name)}">'
        f"<title>{escape(box.name)}</title>{_rect(rect, 10)}{arrows}"
        f"{_text(middle, 14, box.title)}</g>"
    )


def _ported(box: Box, rect: Rect, annotation: Annotation | None) -> str:
    is_closed = box.kind is BoxKind.SUBGRAPH
    shape, low = shape_of(box), rect.y + rect.height
    marked = " marked" if annotation and annotation.fill else ""
    fill = f' style="fill:{escape(annotation.fill)}"' if annotation and annotation.fill else ""
    tooltip = (annotation.tooltip if annotation else "") or box.name
    y_px = (PORT_ROW_PX if box.inputs else 0) + 17
    parts = [
        f'<g class="{"subgraph" if is_closed else "node"}{marked}" data-name="{escape(box.name)}">',
        f"<title>{escape(tooltip)}</title>",
        _rect(rect, 6, f' class="body"{fill}'),
        _rect(_inset(rect), 4, ' class="shade"') if is_closed else "",
        _text(rect, y_px, box.title, "title"),
        _text(rect, y_px + 14, box.subtitle, "subtitle") if box.subtitle else "",
        _ports(box.inputs, shape.inputs, rect, rect.y, rect.y + 12),
        _ports(box.outputs, shape.outputs, rect, low, low - 6),
    ]
    if annotation and annotation.text:
        x, y = rect.x + rect.width - 6, rect.y - 3
        word = escape(annotation.text)
        parts.append(f'<text class="note" x="{x:g}" y="{y:g}" text-anchor="end">{word}</text>')
    return "".join([*parts, "</g>"])


def _ports(
    spots: Sequence[Spot], middles: Sequence[float], rect: Rect, edge_y: float, text_y: float
) -> str:
    parts = []
    for spot, offset in zip(spots, middles, strict=True):
        x = rect.x + offset
        kind = " side" if spot.is_side else ""
        parts.append(f'<circle class="spot{kind}" cx="{x:g}" cy="{edge_y:g}" r="2.4"/>')
        if spot.label:
            word = escape(spot.label)
            parts.append(
                f'<text class="port{kind}" x="{x:g}" y="{text_y:g}" '
                f'text-anchor="middle">{word}</text>'
            )
    return "".join(parts)


def _inset(rect: Rect) -> Rect:
    return Rect(rect.x + 3, rect.y + 3, rect.width - 6, rect.height - 6)


def _rect(rect: Rect, radius: float, more: str = "") -> str:
    return (
        f'<rect{more} x="{rect.x:g}" y="{rect.y:g}" width="{rect.width:g}" '
        f'height="{rect.height:g}" rx="{radius:g}"/>'
    )


def _text(rect: Rect, y_px: float, text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    x = rect.x + rect.width / 2
    return (
        f'<text{named} x="{x:g}" y="{rect.y + y_px:g}" text-anchor="middle">{escape(text)}</text>'
    )
