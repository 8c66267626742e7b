"""How large things are drawn: text, boxes, and where on a box its ports are.

Nobody knows the reader's fonts, so widths are those of a wide sans-serif; narrower ones fit too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from graphflow.drawing.picture import Box, BoxKind, Spot

TITLE_PX: Final = 13.0
SMALL_PX: Final = 10.0
PORT_PX: Final = 9.0
STREAM_PX: Final = 11.0

PORT_ROW_PX: Final = 15.0
FRAME_LABEL_PX: Final = 24.0
BOX_MIN_PX: Final = 70
_PADDING_PX: Final = 12.0
_FOLD_PX: Final = 14.0
_PORT_GAP_PX: Final = 12.0
_PORT_MIN_PX: Final = 16.0

_NARROW: Final = frozenset("ijlI.,:;|'! ()[]/ftr-")
_WIDE: Final = frozenset("mwMW@%")


@dataclass(frozen=True)
class Shape:
    """How large a box is, and where its ports are; pixels.

    Attributes:
        inputs, outputs: the middle of each port, from the box's left edge.
    """

    width: float
    height: float
    inputs: tuple[float, ...] = ()
    outputs: tuple[float, ...] = ()


def text_width_px(text: str, font_px: float) -> float:
    """Return how wide a text is at most, in an ordinary font of that size."""
    return font_px * sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter in _NARROW:
        return 0.41
    if letter in _WIDE:
        return 0.97
    return 0.72 if letter.isupper() else 0.62


def shape_of(box: Box) -> Shape:
    """Return the shape of a node, a closed subgraph or a name."""
    title = text_width_px(box.title, TITLE_PX if box.has_ports else STREAM_PX)
    if not box.has_ports:
        is_end = box.is_input or box.is_output or box.kind in (BoxKind.INPUT, BoxKind.OUTPUT)
        return Shape(round(title + (34 if is_end else 24)), 20)
    text = max(title * 1.06, text_width_px(box.subtitle, SMALL_PX)) + 2 * _PADDING_PX
    if box.kind is BoxKind.SUBGRAPH:
        text += 2 * _FOLD_PX  # Beside the title a page has a sign that opens it.
    rows = bool(box.inputs) + bool(box.outputs)
    height = 26 + (13 if box.subtitle else 0) + PORT_ROW_PX * rows
    ports = sum(_port_widths(box.inputs)), sum(_port_widths(box.outputs))
    width = round(max(text, *ports, BOX_MIN_PX))
    return Shape(
        width, round(height), _port_middles(box.inputs, width), _port_middles(box.outputs, width)
    )


def _port_middles(spots: Sequence[Spot], width_px: float) -> tuple[float, ...]:
    """Return where ports are that share an edge, each with room for its label."""
    widths = _port_widths(spots)
    spare = (width_px - sum(widths)) / max(len(widths), 1)
    ends = accumulate(width + spare for width in widths)
    return tuple(round(end - (width + spare) / 2) for width, end in zip(widths, ends, strict=True))


def _port_widths(spots: Sequence[Spot]) -> list[float]:
    return [max(_PORT_MIN_PX, text_width_px(spot.label, PORT_PX) + _PORT_GAP_PX) for spot in spots]
