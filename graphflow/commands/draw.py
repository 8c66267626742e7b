"""`graphflow draw`: a graph as a picture, a page or text for other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import click

from graphflow.commands.assignments import parameters_of
from graphflow.commands.graph_options import graph_argument, param_option
from graphflow.loading import find_graph, load_plan
from graphflow.plan import Plan
from graphflow.words.diagnostics import listed, suggestion
from graphflow.words.errors import UsageError

EXAMPLES = """\b
Examples:
  graphflow draw pose_tracking -o pose.svg
  graphflow draw pose_tracking -o pose.html
  graphflow draw my_graph.yaml -o my_graph.png --depth 1
  graphflow draw pose_tracking -o pose.svg --expand PoseLandmarkCpu --no-side-packets
  graphflow draw my_graph.yaml --format mermaid

\b
Exit codes: 0 drawn; 1 FILE can't be written; 2 a wrong graph or command line, or the extra is
missing.
"""

ALL: Final = "all"
FORMAT_OF: Final = {
    ".svg": "svg",
    ".html": "html",
    ".png": "png",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
}
"""Endings of file names, and what they stand for."""


@dataclass(frozen=True)
class DrawRequest:
    """What the command line asks for."""

    graph: str
    output: str | None = None
    format: str | None = None
    expand: Sequence[str] = ()
    depth: int = 0
    side_packets: bool = True
    param: Sequence[str] = ()


@click.command("draw", epilog=EXAMPLES)
@graph_argument
@click.option("-o", "--output", metavar="FILE", help="Where to; its ending tells the format.")
@click.option(
    "--format",
    type=click.Choice(sorted(set(FORMAT_OF.values()))),
    help="The format, where no ending tells it.",
)
@click.option(
    "--expand",
    metavar="SUBGRAPH",
    multiple=True,
    help='Open a subgraph, and those around it; "all" for all of them; repeatable.',
)
@click.option("--depth", type=click.IntRange(0), default=0, help="Open so many levels.")
@click.option(
    "--side-packets/--no-side-packets", default=True, help="Draw side packets too, or not."
)
@param_option
def draw(**request: Any) -> None:
    """Draw GRAPH: a graph file, or the name of a bundled graph such as pose_tracking.

    The formats are SVG, PNG, Mermaid (.mmd), DOT, and HTML: a page that opens and closes subgraphs
    and tells of each node. Without -o, and with --format, it goes to stdout.
    """
    execute(DrawRequest(**request), sys.stdout.buffer, sys.stderr)


def execute(request: DrawRequest, stdout: BinaryIO, stderr: TextIO) -> None:
    """Draw a graph as asked.

    Raises:
        ConfigError: the graph is wrong.
        UsageError: the request does not fit the graph, or a package is missing.
        OSError: the file can't be written.
    """
    make = _MAKERS[_format_of(request)]
    path = find_graph(request.graph)
    plan = load_plan(path, parameters=parameters_of(request.param))
    content = make(plan, opened_subgraphs(plan, request.expand, request.depth), request)
    if request.output in (None, "-"):
        stdout.write(content)
        stdout.flush()
        return
    target = Path(str(request.output))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    print(f"wrote {target}", file=stderr)


def opened_subgraphs(plan: Plan, wanted: Sequence[str], depth: int) -> set[str]:
    """Return the names of the subgraphs to open, with those around them.

    Args:
        plan: the graph.
        wanted: names, as they stand in the Plan or in their own file, or types; or "all".
        depth: so many levels are opened besides.

    Raises:
        UsageError: there is no subgraph of that name.
    """
    from graphflow.drawing.view import subgraphs_to_depth

    opened = set(subgraphs_to_depth(plan, depth))
    parents = {each.name: each.subgraph for each in plan.subgraphs}
    for name in wanted:
        meant = [
            each.name
            for each in plan.subgraphs
            if name in (ALL, each.name, each.type, each.name.rpartition("__")[2])
        ]
        if not meant and name != ALL:
            raise UsageError(_no_subgraph(plan, name))
        for each in meant:
            while each:
                opened.add(each)
                each = parents[each]
    return opened


def _no_subgraph(plan: Plan, name: str) -> str:
    types = sorted({each.type for each in plan.subgraphs})
    there_are = f"it has {listed(types)}" if types else "it has none"
    hint = suggestion(name, types) or there_are
    return f'the graph has no subgraph "{name}"\n  hint: {hint}'


def _format_of(request: DrawRequest) -> str:
    if request.format:
        return request.format
    ending = Path(request.output or "").suffix.lower()
    if ending in FORMAT_OF:
        return FORMAT_OF[ending]
    if request.output in (None, "-"):
        raise UsageError("what to draw? give -o FILE, or --format for stdout")
    raise UsageError(
        f'"{request.output}" does not tell the format\n'
        f"  hint: names end in {listed(list(FORMAT_OF), 'or')}; or give --format"
    )


def _picture_text(kind: str) -> Callable[[Plan, set[str], DrawRequest], bytes]:
    def make(plan: Plan, opened: set[str], request: DrawRequest) -> bytes:
        from graphflow.drawing.dot import to_dot
        from graphflow.drawing.mermaid import to_mermaid
        from graphflow.drawing.view import look_at

        picture = look_at(plan, opened=opened, has_side_packets=request.side_packets)
        return (to_dot if kind == "dot" else to_mermaid)(picture).encode()

    return make


def _svg_text(plan: Plan, opened: set[str], request: DrawRequest, follows_scheme: bool) -> str:
    from graphflow.drawing.nesting import lay_out_opened
    from graphflow.drawing.svg import to_svg

    layout = lay_out_opened(plan, opened, has_side_packets=request.side_packets)
    return to_svg(layout, follows_scheme=follows_scheme)


def _svg(plan: Plan, opened: set[str], request: DrawRequest) -> bytes:
    return _svg_text(plan, opened, request, True).encode()


def _png(plan: Plan, opened: set[str], request: DrawRequest) -> bytes:
    from graphflow.drawing.png import svg_to_png

    return svg_to_png(_svg_text(plan, opened, request, False))


def _html(plan: Plan, opened: set[str], request: DrawRequest) -> bytes:
    from graphflow.drawing.html import to_html

    return to_html(plan, opened=opened, has_side_packets=request.side_packets).encode()


_MAKERS: Final[dict[str, Callable[[Plan, set[str], DrawRequest], bytes]]] = {
    "svg": _svg,
    "html": _html,
    "png": _png,
    "mermaid": _picture_text("mermaid"),
    "dot": _picture_text("dot"),
}
