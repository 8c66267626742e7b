"""Lines straight from writers to readers, for formats whose lines carry the names themselves."""

from __future__ import annotations

from dataclasses import dataclass

from graphflow.drawing.picture import Box, BoxKind, End, Line, Picture


@dataclass(frozen=True)
class Joined:
    """A picture without boxes for names, unless streams enter or leave the graph there.

    Attributes:
        boxes: those left.
        lines: each with the text that belongs to it.
    """

    boxes: tuple[Box, ...]
    lines: tuple[tuple[Line, str], ...]


def join(picture: Picture) -> Joined:
    """Return the picture with lines in place of the names between two ends."""
    boxes = {box.key: box for box in picture.boxes}
    writers: dict[str, End] = {
        line.target.box: line.source for line in picture.lines if _is_passed(boxes[line.target.box])
    }
    gone = {key for key, box in boxes.items() if _is_passed(box) and key in writers}
    lines = []
    for line in picture.lines:
        if line.target.box in gone:
            continue
        if line.source.box in gone:
            title = boxes[line.source.box].title
            start = writers[line.source.box]
            joined = Line(start, line.target, line.name, line.is_side, line.is_back)
            lines.append((joined, title))
        else:
            lines.append((line, ""))
    return Joined(tuple(box for key, box in boxes.items() if key not in gone), tuple(lines))


def _is_passed(box: Box) -> bool:
    is_name = box.kind in (BoxKind.STREAM, BoxKind.SIDE_PACKET)
    return is_name and not box.is_input and not box.is_output
