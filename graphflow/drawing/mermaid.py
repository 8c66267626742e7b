"""A Picture as Mermaid text, as GitHub and many editors draw it in Markdown."""

from __future__ import annotations

from typing import Final

from graphflow.drawing.joined import join
from graphflow.drawing.picture import Box, BoxKind, End, Line, Picture

_CLASSES: Final = """\
classDef subgraph_ stroke:#4b5fa8,stroke-width:2px
classDef input stroke:#3d8b57
classDef output stroke:#2f6fb5,stroke-width:2px
classDef side stroke:#c9a24d,stroke-dasharray:2 2"""


def to_mermaid(picture: Picture) -> str:
    """Return the flowchart: one box for each node, streams as labelled lines."""
    joined = join(picture)
    ids = {box.key: f"n{at}" for at, box in enumerate(joined.boxes)}
    boxes = {box.key: box for box in joined.boxes}
    lines = ["flowchart TB"]

    def add_inside_of(frame: str, indent: str) -> None:
        lines.extend(
            f"{indent}{ids[box.key]}{_shape(box)}" for box in joined.boxes if box.frame == frame
        )
        for at, inner in enumerate(picture.frames):
            if inner.parent == frame:
                lines.append(f"{indent}subgraph f{at} [{_quoted(inner.title)}]")
                add_inside_of(inner.name, indent + "  ")
                lines.append(f"{indent}end")

    add_inside_of("", "  ")
    loops = []
    for at, (line, name) in enumerate(joined.lines):
        source, target, label = (
            ids[line.source.box],
            ids[line.target.box],
            _label(line, name, boxes),
        )
        arrow = "-.->" if line.is_side else "-->"
        if line.is_back:
            # Turned round and without a head: else Mermaid would cut the loop anywhere.
            source, target, arrow, label = target, source, "-.-", f"↑ {label}"
            loops.append(str(at))
        between = f"{arrow}|{_quoted(label)}|" if label else arrow
        lines.append(f"  {source} {between} {target}")
    lines += [f"  {each}" for each in _CLASSES.splitlines()]
    for kind in ("subgraph_", "input", "output", "side"):
        named = [ids[box.key] for box in joined.boxes if _class_of(box) == kind]
        if named:
            lines.append(f"  class {','.join(named)} {kind}")
    if loops:
        lines.append(f"  linkStyle {','.join(loops)} stroke:#c8402f,stroke-dasharray:6 3")
    return "\n".join(lines) + "\n"


def _shape(box: Box) -> str:
    if box.has_ports:
        title = _quoted(box.title, box.subtitle)
        return f"[[{title}]]" if box.kind is BoxKind.SUBGRAPH else f"[{title}]"
    return f"([{_quoted(box.title)}])"


def _class_of(box: Box) -> str:
    if box.kind is BoxKind.SUBGRAPH:
        return "subgraph_"
    if box.has_ports:
        return ""
    if box.kind is BoxKind.SIDE_PACKET or any(spot.is_side for spot in box.inputs):
        return "side"
    return "input" if box.is_input or box.kind is BoxKind.INPUT else "output"


def _label(line: Line, name: str, boxes: dict[str, Box]) -> str:
    """Return a stream's name, with the port that it goes to where that says something else."""
    port = _port(line.target, boxes)
    if not port:
        return name
    return f"{port}:{name}" if name else port


def _port(end: End, boxes: dict[str, Box]) -> str:
    return "" if end.port is None else boxes[end.box].inputs[end.port].label


def _quoted(*texts: str) -> str:
    safe = (
        text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
        for text in texts
        if text
    )
    return f'"{"<br/>".join(safe)}"'
