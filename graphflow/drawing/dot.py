"""A Picture as DOT text, for Graphviz and the many programs that read it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from graphflow.drawing.joined import join
from graphflow.drawing.picture import Box, BoxKind, End, Line, Picture, Spot


def to_dot(picture: Picture) -> str:
    """Return the graph: nodes with ports, open subgraphs as clusters, streams as labelled edges."""
    joined = join(picture)
    ids = {box.key: f"n{at}" for at, box in enumerate(joined.boxes)}
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        '  graph [rankdir=TB, fontname="Helvetica"];',
        '  node [shape=plain, fontname="Helvetica", fontsize=12];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]

    def add_inside_of(frame: str, indent: str) -> None:
        lines.extend(
            f"{indent}{ids[box.key]} [{_shape(box)}];" for box in joined.boxes if box.frame == frame
        )
        for at, inner in enumerate(picture.frames):
            if inner.parent == frame:
                lines.append(f"{indent}subgraph cluster_{at} {{")
                lines.append(f"{indent}  label={_quoted(inner.title)};")
                add_inside_of(inner.name, indent + "  ")
                lines.append(f"{indent}}}")

    add_inside_of("", "  ")
    for line, name in joined.lines:
        source, target = _end(line.source, ids, "o"), _end(line.target, ids, "i")
        lines.append(f"  {source} -> {target} [{_line(line, name)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _shape(box: Box) -> str:
    if box.has_ports:
        return f"label=<{_table(box)}>"
    is_side = box.kind is BoxKind.SIDE_PACKET or any(spot.is_side for spot in box.inputs)
    is_output = box.is_output or box.kind is BoxKind.OUTPUT
    style = "dotted" if is_side else "bold" if is_output else "solid"
    return f'shape=box, style="rounded,{style}", label={_quoted(box.title)}'


def _table(box: Box) -> str:
    columns = max(1, len(box.inputs)) * max(1, len(box.outputs))
    title = f"<B>{escape(box.title)}</B>"
    if box.subtitle:
        title += f'<BR/><FONT POINT-SIZE="10">{escape(box.subtitle)}</FONT>'
    border = 2 if box.kind is BoxKind.SUBGRAPH else 1
    rows = [
        _ports("i", box.inputs, columns),
        f'<TR><TD COLSPAN="{columns}">{title}</TD></TR>',
        _ports("o", box.outputs, columns),
    ]
    return f'<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="2">{"".join(rows)}</TABLE>'


def _ports(side: str, spots: Sequence[Spot], columns: int) -> str:
    if not spots:
        return ""
    share = columns // len(spots)
    cells = "".join(
        f'<TD PORT="{side}{at}" COLSPAN="{share}"><FONT POINT-SIZE="9">'
        f"{escape(spot.label) or ' '}</FONT></TD>"
        for at, spot in enumerate(spots)
    )
    return f"<TR>{cells}</TR>"


def _end(end: End, ids: dict[str, str], side: str) -> str:
    return ids[end.box] + ("" if end.port is None else f":{side}{end.port}")


def _line(line: Line, name: str) -> str:
    words = [f"label={_quoted(name)}"] if name else []
    if line.is_back:
        words.append('style=dashed, color="#c8402f", constraint=false')
    elif line.is_side:
        words.append('style=dotted, color="#9a7420"')
    return ", ".join(words)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
