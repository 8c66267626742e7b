"""A graph as one page that needs nothing else: it pans, zooms, opens subgraphs and tells of nodes.

The inside of every subgraph is laid out here, by itself; the page's own script puts open ones into
what is around them. `page_element` is for other pages that want to show a graph.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any, Final

from graphflow.drawing.about import about_everything
from graphflow.drawing.layout import Layout, Point, Rect, lay_out
from graphflow.drawing.picture import Box, BoxKind
from graphflow.drawing.sizes import shape_of
from graphflow.drawing.svg import DARK, LIGHT, Annotate, box_markup, line_class, scoped
from graphflow.drawing.view import look_at
from graphflow.plan import Plan

_SCRIPTS: Final = ("compose.js", "page.js")
_STEPS: Final = 6
"""So many straight pieces stand for a curve where the page moves it."""

_OWN: Final = ".graphflow svg"
_NO_NETWORK: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)


@dataclass(frozen=True)
class PageParts:
    """What a page needs to show a graph in its elements of class "graphflow".

    Attributes:
        style: CSS.
        content: plain values: the levels of the drawing, and what there is to say of everything.
        script: finds the elements; the content stands as JSON in a script element in each of them.
    """

    style: str
    content: dict[str, Any]
    script: str


def to_html(
    plan: Plan,
    *,
    opened: Collection[str] = (),
    has_side_packets: bool = True,
    annotate: Annotate = lambda box: None,
) -> str:
    """Return the page.

    Args:
        plan: the graph.
        opened: names of the subgraphs that are open at first.
        has_side_packets: show them too.
        annotate: colours and words for nodes and closed subgraphs.

    Raises:
        UsageError: pygraphviz is not installed.
    """
    element = page_element(
        plan, opened=opened, has_side_packets=has_side_packets, annotate=annotate
    )
    title = escape(look_at(plan).title)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_NO_NETWORK}">',
            '<link rel="icon" href="data:,">',
            f"<title>{title}</title>",
            "<style>html,body{margin:0;height:100%}</style>",
            "</head><body>",
            element,
            "</body></html>",
            "",
        ]
    )


def page_element(
    plan: Plan,
    *,
    opened: Collection[str] = (),
    has_side_packets: bool = True,
    annotate: Annotate = lambda box: None,
) -> str:
    """Return an element with its own style and script, as large as what it is put into.

    Args and errors are those of `to_html`.
    """
    parts = page_parts(plan, opened=opened, has_side_packets=has_side_packets, annotate=annotate)
    return (
        f"<style>{parts.style}</style>\n"
        f'<div class="graphflow"><script type="application/json">{script_text(parts.content)}'
        f"</script></div>\n<script>{parts.script}</script>"
    )


def script_text(content: Any) -> str:
    """Return plain values as JSON; no text in it can end the element that it stands in."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def page_parts(
    plan: Plan,
    *,
    opened: Collection[str] = (),
    has_side_packets: bool = True,
    annotate: Annotate = lambda box: None,
) -> PageParts:
    """Return the style, content and script of such an element, for pages that keep them apart.

    Args and errors are those of `to_html`.
    """
    levels = {}
    for name in ("", *(each.name for each in plan.subgraphs)):
        picture = look_at(plan, inside=name, has_side_packets=has_side_packets)
        levels[name] = _level(lay_out(picture), annotate)
    content = {
        "title": look_at(plan).title,
        "opened": sorted(opened),
        "levels": levels,
        "about": about_everything(plan),
    }
    own = files("graphflow.drawing")
    style = own.joinpath("page.css").read_text(encoding="utf-8")
    scripts = (own.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS)
    dark = f"@media (prefers-color-scheme:dark){{{scoped(DARK, _OWN)}}}"
    return PageParts(
        style=f"{scoped(LIGHT, _OWN)}{dark}\n{style}",
        content=content,
        script=f'(() => {{\n"use strict";\n{"".join(scripts)}}})();',
    )


def _level(layout: Layout, annotate: Annotate) -> dict[str, Any]:
    return {
        "boxes": [_box(box, layout.boxes[box.key], annotate) for box in layout.picture.boxes],
        "lines": [
            {
                "name": line.name,
                "kind": line_class(line),
                "source": [line.source.box, line.source.port],
                "target": [line.target.box, line.target.port],
                "points": sampled(path),
            }
            for line, path in zip(layout.picture.lines, layout.paths, strict=True)
        ],
    }


def _box(box: Box, rect: Rect, annotate: Annotate) -> dict[str, Any]:
    spots = (*box.inputs, *box.outputs)
    written: dict[str, Any] = {
        "key": box.key,
        "name": box.name,
        "title": box.title,
        "x": rect.x,
        "y": rect.y,
        "w": rect.width,
        "h": rect.height,
        "svg": box_markup(box, Rect(0, 0, rect.width, rect.height), annotate),
    }
    if box.has_ports:
        shape = shape_of(box)
        written["inputs"], written["outputs"] = shape.inputs, shape.outputs
    elif box.kind is BoxKind.SIDE_PACKET or any(spot.is_side for spot in spots):
        written["isSide"] = True
    if box.kind is BoxKind.SUBGRAPH:
        written["child"] = box.name
    return written


def sampled(path: tuple[Point, ...]) -> list[Point]:
    """Return points on cubic curves, the ends included."""
    points = [path[0]]
    for start in range(0, len(path) - 1, 3):
        a, b, c, d = path[start : start + 4]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            x, y = (
                round(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)), 1)
                for axis in (0, 1)
            )
            if (x, y) != points[-1]:
                points.append((x, y))
    return points
