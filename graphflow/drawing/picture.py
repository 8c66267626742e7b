"""Picture: what there is to see of a graph, before anybody knows where."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class BoxKind(enum.Enum):
    """What a box stands for.

    Attributes:
        NODE: a calculator's node.
        SUBGRAPH: a subgraph that is kept closed.
        STREAM: a stream's name, between who writes it and who reads it.
        SIDE_PACKET: a side packet's name, likewise.
        INPUT, OUTPUT: where a stream or side packet enters or leaves the subgraph that is drawn.
    """

    NODE = enum.auto()
    SUBGRAPH = enum.auto()
    STREAM = enum.auto()
    SIDE_PACKET = enum.auto()
    INPUT = enum.auto()
    OUTPUT = enum.auto()


@dataclass(frozen=True)
class Spot:
    """A port on a box's edge: its label, and whether side packets pass there."""

    label: str
    is_side: bool = False


@dataclass(frozen=True)
class Box:
    """Something with a place of its own.

    Attributes:
        key: unique in the picture.
        name: of the node, subgraph, stream or side packet in the Plan.
        title: what is written in it.
        subtitle: a second line, or "".
        frame: name of the open subgraph that it is drawn in, "" for none.
        inputs, outputs: ports at its upper and its lower edge, streams before side packets.
        is_input, is_output: of a stream or side packet: it enters or leaves the whole graph.
    """

    key: str
    kind: BoxKind
    name: str
    title: str
    subtitle: str = ""
    frame: str = ""
    inputs: tuple[Spot, ...] = ()
    outputs: tuple[Spot, ...] = ()
    is_input: bool = False
    is_output: bool = False

    @property
    def has_ports(self) -> bool:
        """Whether lines end at its ports, and not at the box itself."""
        return self.kind in (BoxKind.NODE, BoxKind.SUBGRAPH)


@dataclass(frozen=True)
class End:
    """An end of a line: a box, and the position of the port there; None for the box itself."""

    box: str
    port: int | None = None


@dataclass(frozen=True)
class Line:
    """What leads from a box to another.

    Attributes:
        name: of the stream or side packet.
        is_side: it is a side packet.
        is_back: it closes a loop.
    """

    source: End
    target: End
    name: str
    is_side: bool = False
    is_back: bool = False


@dataclass(frozen=True)
class Frame:
    """An open subgraph, drawn around its nodes.

    Attributes:
        name: of the subgraph in the Plan.
        title: its name without those of the subgraphs around it.
        subtitle: its type where that differs, or "".
        parent: name of the frame around this one, "" for none.
    """

    name: str
    title: str
    subtitle: str = ""
    parent: str = ""


@dataclass(frozen=True)
class Picture:
    """What there is to see. Frames stand before those inside of them."""

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    frames: tuple[Frame, ...] = ()
