"""Pages: the files that are served, all made before the run, and what browsers may do with them.

There is one fixed answer for each of a few names, so no request leads to a file of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any, Final

from graphflow.drawing.html import PageParts, page_parts, script_text
from graphflow.plan import Plan
from graphflow.serving.figures import graph_name
from graphflow.words.errors import UsageError

HEADERS: Final = {
    # The page's own files, and nothing that stands in the page itself or comes from elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "graphflow",
}

_TOLD: Final = ("title", "type", "kind", "inside", "doc")
"""What the page says of a node; options and places might have paths in them."""

_STATIC: Final = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "landmarks.schema.json": "application/schema+json",
}


@dataclass(frozen=True)
class PageFile:
    """What is answered to one name."""

    kind: str
    text: str


def page_files(plan: Plan) -> dict[str, PageFile]:
    """Return the answers by name; the page itself has the name ""."""
    own = files("graphflow.serving")
    found = {
        name: PageFile(kind, own.joinpath(name).read_text(encoding="utf-8"))
        for name, kind in _STATIC.items()
    }
    page = own.joinpath("page.html").read_text(encoding="utf-8")
    try:
        parts = page_parts(plan)
    except UsageError as missing:
        hint = escape(str(missing).partition("\n")[0])
        drawing, style, script = f'<p class="note">There is no drawing: {hint}</p>', "", ""
    else:
        content = script_text(_content(plan, parts))
        drawing = (
            '<div class="drawing"><div class="graphflow">'
            f'<script type="application/json">{content}</script></div></div>'
        )
        style, script = parts.style, parts.script
    page = page.replace("{{title}}", escape(graph_name(plan))).replace("{{drawing}}", drawing)
    return {
        "": PageFile("text/html", page),
        "graph.css": PageFile("text/css", style),
        "graph.js": PageFile("text/javascript", script),
        **found,
    }


def _content(plan: Plan, parts: PageParts) -> dict[str, Any]:
    """Return what the drawing shows, without paths, and how the nodes of subgraphs are named."""
    about = {
        name: {**{key: each[key] for key in _TOLD}, "location": "", "sections": []}
        for name, each in parts.content["about"].items()
    }
    prefixes = {each.name: each.prefix for each in plan.subgraphs}
    return {**parts.content, "about": about, "prefixes": prefixes}
